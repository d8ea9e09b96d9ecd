#!/usr/bin/env node
import { main } from './main';

// A reader that closes early (`cdk-mlops … | head`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit();
  throw error;
});

void main(process.argv.slice(2), process).then((code) => {
  process.exitCode = code;
});
