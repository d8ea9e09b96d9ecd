import { expect, test } from 'vitest';
import { terraformText } from '../../lib/google/terraform-text';

test('what Terraform would read as an expression stands for itself, and tokens stay references', () => {
  expect(terraformText('${settings.name} %{ if } $ {x} 100% {{$.inputs}}')).toBe(
    '$${settings.name} %%{ if } $ {x} 100% {{$.inputs}}',
  );
  expect(terraformText('${TfToken[TOKEN.7]}/${path}/${TfToken[TOKEN.8]}')).toBe(
    '${TfToken[TOKEN.7]}/$${path}/${TfToken[TOKEN.8]}',
  );
  expect(terraformText('$${twice}')).toBe('$$${twice}');
});
