// The wait gives the lock up; an unlock of it behind the wait is the second one.
@@
expression entry, ptep, ptl;
@@
(
  migration_entry_wait_on_locked(entry, ptl);
|
  migration_entry_wait_on_locked(entry, ptep, ptl);
|
  softleaf_entry_wait_on_locked(entry, ptl);
)
  ... when != spin_lock(ptl)
      when != ptl = ...
* spin_unlock(ptl);
