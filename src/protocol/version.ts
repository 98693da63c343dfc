/** Version of the trace's format: columns, types, metadata. A reader refuses newer ones. */
export const formatVersion = 1;

/** Raised when the same scenario gives other rows than before: a replay of an older behaviour may then differ. */
export const behaviourVersion = 1;
