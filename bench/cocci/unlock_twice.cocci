// The same lock unlocked twice on one path.
@@
expression lock;
@@
  spin_unlock(lock);
  ... when != spin_lock(lock)
      when != spin_trylock(lock)
      when != lock = ...
      when != pte_offset_map_lock(..., &lock)
* spin_unlock(lock);
