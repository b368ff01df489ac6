// A call that sleeps while a spinlock is held.
@@
expression lock;
@@
  spin_lock(lock);
  ... when != spin_unlock(lock)
(
* cond_resched();
|
* migration_entry_wait(...);
|
* pmd_migration_entry_wait(...);
|
* mutex_lock(...);
|
* kmalloc(..., GFP_KERNEL)
)
