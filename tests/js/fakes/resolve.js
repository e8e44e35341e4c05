const FAKES = { "jquery.js": "./jquery.js", "socket.io.js": "./socket.io.js" };

export function resolve(specifier, context, next) {
  const fake = specifier.includes("/vendor/") && FAKES[specifier.split("/").at(-1)];
  return fake ? next(new URL(fake, import.meta.url).href, context) : next(specifier, context);
}
