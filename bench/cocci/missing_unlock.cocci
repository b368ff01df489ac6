// A path that returns with the lock held.
@@
expression lock;
@@
  spin_lock(lock);
  ... when != spin_unlock(lock)
      when any
* return ...;
