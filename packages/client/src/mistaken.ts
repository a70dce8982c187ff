/** The file that says what is wrong with what an app passed. */
export const misuse = () => import('./misuse.js');
