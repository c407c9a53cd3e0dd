/** The version of this front end, as the kernel is told; a test holds it equal to package.json. */

export const VERSION = '0.1.0';
