/** What one file of tests makes of a mutant. */
export interface Verdict {
  id: number;
  /** The title of the test that fails and bears one of its rules; null: none does. */
  own: string | null;
  /** Of another test that fails, if none does that bears its rule. */
  other: string | null;
}
