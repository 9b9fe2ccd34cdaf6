/** Puts a text on the clipboard. `false`: this page may not, as on `http`, or the browser refuses. */
export async function copy(text: string): Promise<boolean> {
  try {
    // Absent where the page is not secure.
    if (!(navigator.clipboard as Clipboard | undefined)) return false;
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
