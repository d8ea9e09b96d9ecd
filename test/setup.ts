import fc from 'fast-check';

/**
 * Properties try the same cases in every run, so that a change is judged by what it changed. To look for new cases:
 * `FUZZ_SEED=$RANDOM npm test`; what they find becomes a case of its own.
 */
fc.configureGlobal({ seed: Number(process.env.FUZZ_SEED ?? 20261123) });
