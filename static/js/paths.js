/** The addresses that several of these files ask; one that only a single file asks stands there. */

export const SAY = "/demos/say";
export const SOCKET_IO = "/socket.io/";
