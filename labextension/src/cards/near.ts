/** What is long is drawn where the person looks, not as a whole. */

import { useEffect, useState } from 'react';

/** Whether the node was ever near the visible part of what scrolls; `atOnce` is for what is there to be seen first. */
export function useNear(target: React.RefObject<Element>, atOnce = false): boolean {
  const [near, setNear] = useState(atOnce);
  if (atOnce && !near) {
    setNear(true);
  }
  useEffect(() => {
    if (near || target.current === null) {
      return;
    }
    const observer = new IntersectionObserver(
      entries => {
        if (entries.some(entry => entry.isIntersecting)) {
          setNear(true);
        }
      },
      { root: target.current.closest('.maestro-History'), rootMargin: '600px 0px' }
    );
    observer.observe(target.current);
    return () => observer.disconnect();
  }, [near, target]);
  return near;
}
