/** What the pipeline's Lambda steps are given and answer. Shared, as types only, by constructs and runtime code. */
export {};
