import { Stack, Token } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { ConstructError } from '../errors';
import type { IModelRegistry } from '../model-registry';
import { checkNetwork } from '../network';
import type { NetworkProps } from '../network';

/** Props of a training pipeline that are no part of the config. */
export interface CheckedProps extends NetworkProps {
  readonly pipelineName: string;
  readonly registry: IModelRegistry;
}

/** What the config's rules do not see. */
export function checkProps(scope: Construct, props: CheckedProps): void {
  const { pipelineName, registry } = props;
  if (!Token.isUnresolved(pipelineName) && !/^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,255}$/.test(pipelineName)) {
    const allowed = '1 to 256 letters, digits and hyphens, with a letter or digit at both ends';
    throw new ConstructError(scope, `pipelineName: got ${JSON.stringify(pipelineName)}, allowed: ${allowed}`);
  }
  checkNetwork(scope, props);
  const accounts = [registry.env.account, Stack.of(scope).account];
  if (!accounts.some((account) => Token.isUnresolved(account)) && accounts[0] !== accounts[1]) {
    throw new ConstructError(
      scope,
      `registry: is in account ${accounts[0]}, but a pipeline registers in its own, ${accounts[1]}; pass a registry of that account`,
    );
  }
}
