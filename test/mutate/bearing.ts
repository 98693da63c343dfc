/**
 * Whether a test bears the number of a rule: in its title or those around it, or in its file's name (r07-… for R7). A
 * protocol's functions without a rule of the proposal are its folder's: every test of that protocol bears it.
 */
export function bears(rule: string, file: string, title: string): boolean {
  if (!/^R\d+$/.test(rule)) return true;
  const number = rule.slice(1);
  if (new RegExp(`/r0?${number}-`).test(file)) return true;
  return new RegExp(`\\bR${number}\\b`).test(title);
}
