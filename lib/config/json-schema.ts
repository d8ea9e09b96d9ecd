import { schemas } from './schema';

/** The config's JSON Schema, for editors: shapes, ranges and defaults. Rules between fields are checked by validation only. */
export function jsonSchema(): Record<string, unknown> {
  const { z } = require('zod') as typeof import('zod');
  const { $schema, ...schema } = z.toJSONSchema(schemas().config, {
    io: 'input',
    override: ({ jsonSchema: part }) => {
      // Bounds that only say "finite" would be noise in an editor.
      if (part.maximum !== undefined && part.maximum >= Number.MAX_SAFE_INTEGER) delete part.maximum;
    },
  });
  return { $schema, $id: 'urn:cdk-mlops:config', title: 'cdk-mlops config', ...schema };
}
