import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** The provider binary that `TERRAFORM_PROVIDER_GOOGLE` names: a file `terraform-provider-google`. */
const PROVIDER = process.env.TERRAFORM_PROVIDER_GOOGLE;

/**
 * Whether the real `terraform validate` can run: the client is installed and TERRAFORM_PROVIDER_GOOGLE names a provider binary.
 * Says so where it cannot; tests then do not run (`test.runIf(terraformIsAtHand())`).
 */
export function terraformIsAtHand(): boolean {
  const reason = whyNot();
  if (reason !== undefined) process.stderr.write(`terraform validate does not run: ${reason}\n`);
  return reason === undefined;
}

function whyNot(): string | undefined {
  if (PROVIDER === undefined) return 'TERRAFORM_PROVIDER_GOOGLE names no provider binary';
  if (!existsSync(PROVIDER)) return `TERRAFORM_PROVIDER_GOOGLE names ${PROVIDER}, which does not exist`;
  try {
    execFileSync('terraform', ['version'], { stdio: 'ignore' });
    return undefined;
  } catch {
    return 'there is no terraform client';
  }
}

/** What `terraform validate` finds wrong in the folder of a stack: errors, each with its place. */
export function terraformValidate(folder: string): string[] {
  const scratch = mkdtempSync(path.join(tmpdir(), 'cdk-mlops-terraform-'));
  try {
    const config = path.join(scratch, 'terraform.rc');
    // The binary stands for every provider of that name, so that nothing is downloaded.
    const overrides = `"hashicorp/google" = ${JSON.stringify(path.dirname(path.resolve(PROVIDER!)))}`;
    writeFileSync(config, `provider_installation {\n  dev_overrides {\n    ${overrides}\n  }\n  direct {}\n}\n`);
    const env = { ...process.env, TF_CLI_CONFIG_FILE: config, TF_DATA_DIR: scratch, CHECKPOINT_DISABLE: '1' };
    return diagnostics(validate(folder, env));
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** The JSON that the client prints; it ends with an error code when it found something. */
function validate(cwd: string, env: NodeJS.ProcessEnv): string {
  try {
    return execFileSync('terraform', ['validate', '-json'], { cwd, env, encoding: 'utf8', stdio: 'pipe' });
  } catch (error) {
    const { stdout } = error as { stdout?: string };
    if (stdout) return stdout;
    throw error;
  }
}

function diagnostics(json: string): string[] {
  const { diagnostics: found = [] } = JSON.parse(json) as { diagnostics?: any[] };
  return found
    .filter(({ severity }) => severity === 'error')
    .map(({ summary, detail, snippet }) => `${snippet?.context ?? ''} ${summary}: ${detail}`.trim());
}
