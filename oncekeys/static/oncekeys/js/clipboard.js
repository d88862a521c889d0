// Whether the clipboard holds the element's text now. Over plain HTTP there is no clipboard API,
// but a selection can still be copied; where the API is there and refuses, that is the person's wish.
export async function copy(element) {
  if (!navigator.clipboard) return copySelected(element);
  try {
    await navigator.clipboard.writeText(element.textContent);
    return true;
  } catch {
    return false;
  }
}

export function select(element) {
  getSelection().selectAllChildren(element);
}

function copySelected(element) {
  // Without this, the colours and the font of the page would be copied along.
  const plain = (event) => {
    event.clipboardData.setData("text/plain", element.textContent);
    event.preventDefault();
  };
  select(element);
  document.addEventListener("copy", plain, true);
  try {
    return document.execCommand("copy");
  } catch {
    return false;
  } finally {
    document.removeEventListener("copy", plain, true);
  }
}
