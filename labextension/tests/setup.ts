/** What JupyterLab's packages expect of a page and jsdom does not have. */

class NoObserver {
  observe(): void {
    /* nothing is ever laid out here */
  }
  unobserve(): void {
    /* see observe */
  }
  disconnect(): void {
    /* see observe */
  }
}

class SeesEverything extends NoObserver {
  constructor(private readonly callback: (entries: { isIntersecting: boolean }[]) => void) {
    super();
  }
  override observe(): void {
    this.callback([{ isIntersecting: true }]);
  }
}

const noMedia = (): object => ({ matches: false, addListener: () => undefined, addEventListener: () => undefined });

Object.assign(navigator, { clipboard: {} });
Object.assign(globalThis, {
  matchMedia: noMedia,
  ResizeObserver: NoObserver,
  IntersectionObserver: SeesEverything,
  DragEvent: MouseEvent
});
