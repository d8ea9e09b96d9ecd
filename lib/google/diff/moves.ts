import type { TerraformBlock, TerraformDocument, TerraformStacks } from './terraform';

/** What is deployed, under the addresses that `moved` blocks of the new stacks give it: its resources and what refers to them. */
export function withMoves(before: TerraformStacks, after: TerraformStacks): TerraformStacks {
  return Object.fromEntries(
    Object.entries(before).map(([stack, document]) => [
      stack,
      (after[stack]?.moved ?? []).reduce((moving, { from, to }) => move(moving, from, to), document),
    ]),
  );
}

function move(document: TerraformDocument, from: string, to: string): TerraformDocument {
  const block = blockAt(document, from);
  if (!block || blockAt(document, to)) return document;
  const { resource = {}, ...rest }: TerraformDocument = readdressed(document, from, to);
  const [[oldType, oldName], [type, name]] = [from.split('.'), to.split('.')];
  const { [oldName]: moved, ...others } = resource[oldType];
  const without = { ...resource, [oldType]: others };
  return { ...rest, resource: { ...without, [type]: { ...without[type], [name]: moved } } };
}

/** The document with every reference to an address leading to another one. */
function readdressed(document: TerraformDocument, from: string, to: string): TerraformDocument {
  const address = new RegExp(`(?<![\\w.-])${from.replaceAll('.', '\\.')}(?![\\w-])`, 'g');
  return JSON.parse(JSON.stringify(document).replaceAll(address, to));
}

function blockAt({ resource = {} }: TerraformDocument, address: string): TerraformBlock | undefined {
  const [type, name] = address.split('.');
  return resource[type]?.[name];
}
