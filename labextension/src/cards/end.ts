/** Stay at the end of what scrolls, whatever grows in it, until the person scrolls away from it. */

/** Pixels from the end within which the person counts as reading the newest. */
const NEAR_END = 48;

/**
 * How long after a key, wheel or pointer, or the last scrolling that it led to, scrolling is the person's own: both in
 * milliseconds and in frames, as a busy page draws few of them and scrolls late.
 */
const OWN = 500;
const OWN_FRAMES = 10;

const TOUCHES = ['wheel', 'touchmove', 'pointerdown', 'pointerup', 'keydown'];

export class End {
  /** Go to the end of `box`, which shows `inner`, and stay there. */
  constructor(
    private readonly _box: HTMLElement,
    inner: HTMLElement
  ) {
    TOUCHES.forEach(name => _box.addEventListener(name, this._touch, { passive: true }));
    _box.addEventListener('keydown', this._onKey);
    _box.addEventListener('scroll', this._onScroll, { passive: true });
    this._observer = new ResizeObserver(() => this._stick());
    this._observer.observe(inner);
    this._observer.observe(_box);
    this._stick();
  }

  /** Go to the end again, wherever the person is. */
  seek(): void {
    this._there = true;
    this._stick();
  }

  dispose(): void {
    this._observer.disconnect();
    this._box.removeEventListener('keydown', this._onKey);
    this._box.removeEventListener('scroll', this._onScroll);
    TOUCHES.forEach(name => this._box.removeEventListener(name, this._touch));
    this._frames = 0;
  }

  private _stick(): void {
    if (this._there) {
      this._box.scrollTop = this._box.scrollHeight;
    }
  }

  private readonly _touch = (): void => {
    this._touched = performance.now(); // when it is heard of: on a busy page that may be long after the key went down
    if (this._frames === 0) {
      requestAnimationFrame(this._drawn);
    }
    this._frames = OWN_FRAMES;
  };

  /** Home and End at once: gliding there, the page ends elsewhere where what it passes is drawn larger than estimated. */
  private readonly _onKey = (event: KeyboardEvent): void => {
    const { target, key, altKey, ctrlKey, metaKey, shiftKey } = event;
    if (target === this._box && !altKey && !ctrlKey && !metaKey && !shiftKey && (key === 'Home' || key === 'End')) {
      event.preventDefault();
      this._box.scrollTop = key === 'End' ? this._box.scrollHeight : 0;
      this._see();
    }
  };

  /** Whether the end is in sight now. */
  private _see(): void {
    this._there = this._box.scrollHeight - this._box.scrollTop - this._box.clientHeight < NEAR_END;
  }

  private readonly _drawn = (): void => {
    this._frames = Math.max(0, this._frames - 1);
    if (this._frames > 0) {
      requestAnimationFrame(this._drawn);
    }
  };

  private readonly _onScroll = (): void => {
    // The page scrolls by itself too, when what was off screen turns out to be larger than estimated.
    if (this._frames > 0 || performance.now() - this._touched < OWN) {
      this._see();
      if (!this._there) {
        this._touch(); // a key scrolls on for some frames; at the end, what follows is what grows
      }
    }
  };

  private readonly _observer: ResizeObserver;
  private _there = true;
  private _touched = -OWN;
  /** Frames to come in which scrolling is the person's own. */
  private _frames = 0;
}
