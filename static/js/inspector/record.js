// What has crossed, by technique, newest first: the last 50 of each. Pure. The shapes of the entries are the server's
// (lesson/machinery/wire/record.py).

/** How many entries of a technique are kept. */
export const KEPT = 50;

/** @param {string[]} techniques */
export function createRecord(techniques) {
  const nothing = () => Object.fromEntries(techniques.map((technique) => [technique, []]));
  let lists = nothing();

  function insert(entry) {
    const list = lists[entry.technique];
    if (!list || list.some(({ n }) => n === entry.n)) return false;
    const place = list.findIndex(({ n }) => n < entry.n);
    lists = { ...lists, [entry.technique]: list.toSpliced(place < 0 ? list.length : place, 0, entry).slice(0, KEPT) };
    return true;
  }

  return {
    /**
     * Keep entries; what the server sends again is known already.
     * @returns {object[]} those that are new
     */
    take: (entries) => entries.filter(insert),
    /** Numbers begin anew, so what was kept is of another count. */
    clear() {
      lists = nothing();
    },
    /** @returns {Object<string, object[]>} by technique, newest first; it stays as it is when more comes */
    lists: () => lists,
  };
}
