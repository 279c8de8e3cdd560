/** Our kernel, as its kernel spec and its sessions are called. */
export const kernelName = "alright";
