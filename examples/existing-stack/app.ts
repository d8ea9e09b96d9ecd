import { App } from 'aws-cdk-lib';
import { PlatformStack } from './stack';

const app = new App();
new PlatformStack(app, 'MlPlatform');
app.synth();
