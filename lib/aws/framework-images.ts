import { CfnMapping, Fn, Stack, Token } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import type { FrameworkName } from '../config/training';
import { ConstructError } from './errors';
import facts from './facts/framework-images.json';

/** What an image is for; some frameworks publish one for each. */
export type ImagePurpose = 'training' | 'inference';

/** A framework at a version, on a processor. */
export interface FrameworkImage {
  readonly name: FrameworkName;
  readonly version: string;
  readonly purpose: ImagePurpose;
  readonly gpu: boolean;
}

/** What follows the region in an image's URI; the table lists commercial regions only. */
const ECR_SUFFIX = 'amazonaws.com/';

type Tags = Partial<Record<ImagePurpose, { cpu?: string; gpu?: string }>>;
interface FrameworkFacts {
  readonly accounts: keyof typeof facts.accounts;
  readonly repositories: Record<ImagePurpose, string>;
  /** `major.minor` to the newest version that AWS publishes for it. */
  readonly aliases: Record<string, string>;
  readonly versions: Record<string, Tags>;
}

/** An image, and the ECR repository that pulling it needs. */
export interface ContainerImage {
  readonly uri: string;
  readonly repositoryArn: string;
}

/** A framework's image. In an environment-agnostic stack CloudFormation looks its registry up by region. */
export function frameworkImage(scope: IConstruct, image: FrameworkImage): ContainerImage {
  const framework = facts.frameworks[image.name] as FrameworkFacts;
  const tag = imageTag(scope, framework, image);
  const account = registryAccount(scope, framework.accounts);
  const repository = framework.repositories[image.purpose];
  const stack = Stack.of(scope);
  return {
    uri: `${account}.dkr.ecr.${stack.region}.${ECR_SUFFIX}${repository}:${tag}`,
    repositoryArn: repositoryArn(stack, account, stack.region, repository),
  };
}

/** A private repository of ECR: the one place where SageMaker's jobs and endpoints take images from. */
const ECR_IMAGE = /^\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com\/./;

/**
 * An own image in ECR, `<account>.dkr.ecr.<region>.amazonaws.com/<repository>:<tag>`. Tokens are taken apart by
 * CloudFormation.
 */
export function ownImage(scope: IConstruct, uri: string): ContainerImage {
  if (!Token.isUnresolved(uri) && !ECR_IMAGE.test(uri)) {
    throw new ConstructError(
      scope,
      `got image ${uri}, on AWS an own image is <account>.dkr.ecr.<region>.amazonaws.com/<repository>:<tag>; ` +
        `push it to a repository of ECR, and name it by that`,
    );
  }
  const [host, path] = [0, 1].map((index) => Fn.select(index, Fn.split(ECR_SUFFIX, uri)));
  const [account, region] = [0, 3].map((index) => Fn.select(index, Fn.split('.', host)));
  const repository = Fn.select(0, Fn.split(':', Fn.select(0, Fn.split('@', path))));
  return { uri, repositoryArn: repositoryArn(Stack.of(scope), account, region, repository) };
}

function repositoryArn(stack: Stack, account: string, region: string, repository: string): string {
  return stack.formatArn({ service: 'ecr', region, account, resource: 'repository', resourceName: repository });
}

function imageTag(scope: IConstruct, framework: FrameworkFacts, image: FrameworkImage): string {
  const version = framework.aliases[image.version] ?? image.version;
  const tags = framework.versions[version]?.[image.purpose];
  if (!tags) {
    const published = Object.keys(framework.versions).filter((key) => framework.versions[key][image.purpose]);
    const versions = [
      ...new Set([
        ...Object.keys(framework.aliases).filter((alias) => published.includes(framework.aliases[alias])),
        ...published,
      ]),
    ];
    throw new ConstructError(
      scope,
      `training.framework: no ${image.purpose} image of ${image.name} ${image.version}, available: ${versions.sort().join(', ')}; ` +
        `choose one of these, or name an own image as training.image`,
    );
  }
  const tag = image.gpu ? tags.gpu : tags.cpu;
  if (!tag) {
    throw new ConstructError(
      scope,
      `training.framework: no GPU image of ${image.name} ${image.version}; choose compute small, medium or large, or name an own image as training.image`,
    );
  }
  return tag;
}

function registryAccount(scope: IConstruct, table: keyof typeof facts.accounts): string {
  const accounts: Record<string, string> = facts.accounts[table];
  const { region } = Stack.of(scope);
  if (Token.isUnresolved(region)) return accountMapping(scope, table).findInMap(region, 'account');
  const account = accounts[region];
  if (!account) {
    throw new ConstructError(
      scope,
      `training.framework: no images in region ${region}, available: ${Object.keys(accounts).join(', ')}; ` +
        `deploy to one of these, or name an own image as training.image`,
    );
  }
  return account;
}

/** One mapping a stack, however many pipelines look things up in it. */
function accountMapping(scope: IConstruct, table: keyof typeof facts.accounts): CfnMapping {
  const stack = Stack.of(scope);
  const id = table === 'builtInFrameworks' ? 'SageMakerBuiltInImageAccounts' : 'SageMakerDeepLearningImageAccounts';
  const existing = stack.node.tryFindChild(id);
  if (existing) return existing as CfnMapping;
  const mapping = Object.entries(facts.accounts[table]).map(([region, account]) => [region, { account }]);
  return new CfnMapping(stack, id, { mapping: Object.fromEntries(mapping) });
}
