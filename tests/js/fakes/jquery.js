/** As much of jQuery as line.js uses: an ajax whose requests the test answers. `requests` are those sent. */
export const requests = [];

function ajax(options) {
  const calls = { done: [], fail: [], always: [] };
  const call = (name, ...facts) => [...calls[name], ...calls.always].forEach((listener) => listener(...facts));
  const xhr = { status: 0, statusText: "error", responseJSON: undefined, responseText: "", options };
  for (const name of Object.keys(calls)) xhr[name] = (listener) => (calls[name].push(listener), xhr);
  xhr.abort = () => call("fail", xhr, "abort");
  xhr.succeed = (answer) =>
    call("done", answer, "success", Object.assign(xhr, { status: 200, responseText: JSON.stringify(answer) }));
  xhr.break = (status, facts = {}) => call("fail", Object.assign(xhr, facts), status);
  requests.push(xhr);
  return xhr;
}

export default { ajax, param: (fields) => new URLSearchParams(fields).toString() };
