/** A/B tests of an endpoint that stands alone; a whole config has capabilities for them. */
import { schemas } from '../config/schema';
import type { ResolvedAbTest, ResolvedServing } from '../config/schema';

type Serving = Pick<ResolvedServing, 'mode' | 'abTest'>;

/** The rules of A/B tests: those of the section, or the defaults where tests are switched on without one. */
export function abTestRules(
  { abTest }: Pick<Serving, 'abTest'>,
  abTesting = abTest !== undefined,
): ResolvedAbTest | undefined {
  return abTesting ? (abTest ?? schemas().abTest.parse({})) : undefined;
}

/** Why versions cannot be tested as it is asked for, if so. */
export function abTestingProblem(
  props: { readonly abTesting?: boolean; readonly automaticDeployment?: boolean },
  { mode, abTest }: Serving,
): string | undefined {
  if (abTestRules({ abTest }, props.abTesting) === undefined) return undefined;
  if (mode !== 'realtime') {
    return `abTesting: got true, but mode is ${mode}, and an A/B test needs realtime; leave abTesting out, or set mode: realtime`;
  }
  if (props.automaticDeployment !== false) return undefined;
  return 'abTesting: got true, but automaticDeployment is false, so no version would ever be tested; set both, or none';
}
