/** Raised when the same scenario gives other rows than before: a replay of an older behaviour may then differ. */
export const behaviourVersion = 3;
