// Applies the viewer's choice before the first paint; src/frame/appearance.ts keeps it.
try {
  const chosen = JSON.parse(localStorage.getItem("sallyport.appearance") ?? "{}");
  for (const name of ["theme", "contrast", "density"])
    if (typeof chosen[name] === "string") document.documentElement.dataset[name] = chosen[name];
} catch {
  // Nothing usable is stored: the system's own settings hold.
}
