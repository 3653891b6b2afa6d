// Prints the token of somebody who signs in to the demo.

import { signIn } from "./hearth.mjs";

console.log(await signIn());
