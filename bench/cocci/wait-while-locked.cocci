// A call that may sleep: under a spinlock, in an atomic section, with a page table mapped.
@@
expression l, flags;
statement S;
identifier take = {write_seqcount_begin, folio_memcg_lock, lock_page_memcg, spin_lock, spin_lock_nested, spin_lock_nest_lock,
  spin_lock_irq, spin_lock_irqsave, spin_lock_irqsave_nested, spin_lock_bh, raw_spin_lock, raw_spin_lock_nested,
  raw_spin_lock_irq, raw_spin_lock_irqsave, raw_spin_lock_irqsave_nested, raw_spin_lock_bh, arch_spin_lock,
  read_lock, read_lock_irq, read_lock_irqsave, read_lock_bh, write_lock, write_lock_nested, write_lock_irq,
  write_lock_irqsave, write_lock_bh, hlist_bl_lock, write_seqlock, write_seqlock_irq, write_seqlock_irqsave,
  write_seqlock_bh, read_seqlock_excl, local_lock, local_lock_irq, local_lock_irqsave, xa_lock, xa_lock_bh,
  xa_lock_irq, xa_lock_irqsave, xas_lock, xas_lock_bh, xas_lock_irq, xas_lock_irqsave};
identifier trying = {spin_trylock, spin_trylock_irq, spin_trylock_irqsave, spin_trylock_bh, raw_spin_trylock,
  raw_spin_trylock_irq, raw_spin_trylock_irqsave, arch_spin_trylock, read_trylock, write_trylock};
identifier counting = {bit_spin_trylock, atomic_dec_and_lock, refcount_dec_and_lock};
identifier give = {write_seqcount_end, folio_memcg_unlock, unlock_page_memcg, spin_unlock, spin_unlock_irq, spin_unlock_irqrestore,
  spin_unlock_bh, raw_spin_unlock, raw_spin_unlock_irq, raw_spin_unlock_irqrestore, raw_spin_unlock_bh,
  arch_spin_unlock, read_unlock, read_unlock_irq, read_unlock_irqrestore, read_unlock_bh, write_unlock,
  write_unlock_irq, write_unlock_irqrestore, write_unlock_bh, hlist_bl_unlock, write_sequnlock, write_sequnlock_irq,
  write_sequnlock_irqrestore, write_sequnlock_bh, read_sequnlock_excl, local_unlock, local_unlock_irq,
  local_unlock_irqrestore, xa_unlock, xa_unlock_bh, xa_unlock_irq, xa_unlock_irqrestore, xas_unlock, xas_unlock_bh,
  xas_unlock_irq, xas_unlock_irqrestore};
identifier drop = {migration_entry_wait_on_locked, softleaf_entry_wait_on_locked};
identifier sleeper = {anon_vma_lock_read, anon_vma_lock_write, anon_vma_prepare, apply_to_page_range,
  atomic_dec_and_mutex_lock, collapse_huge_page, copy_pte_range, do_huge_pmd_numa_page, do_swap_page,
  down_read_killable_nested, down_read_non_owner, down_write_killable_nested, down_write_nest_lock, expand_stack,
  fault_in_readable, fault_in_safe_writeable, fault_in_writeable, filemap_invalidate_lock,
  filemap_invalidate_lock_shared, filemap_lock_folio, finish_fault, fixup_user_fault, folio_lock_anon_vma_read,
  folio_lock_or_retry, __folio_lock_or_retry, folio_wait_bit, folio_wait_bit_killable, folio_wait_stable,
  get_user_pages, get_user_pages_fast, get_user_pages_remote, get_user_pages_unlocked, handle_mm_fault,
  hmm_range_fault, hugetlb_zap_begin, i_mmap_lock_read, i_mmap_lock_write, inode_lock, inode_lock_nested,
  inode_lock_shared, kthread_cancel_work_sync, make_device_exclusive, migrate_vma_finalize, migrate_vma_setup,
  mmu_interval_read_begin, mutex_lock_interruptible_nested, mutex_lock_killable_nested, mutex_lock_nest_lock,
  page_lock_anon_vma_read, pin_user_pages, pin_user_pages_fast, pin_user_pages_unlocked,
  refcount_dec_and_mutex_lock, remap_pfn_range, remove_migration_ptes, rmap_walk, rmap_walk_locked, split_folio,
  split_folio_to_list, split_huge_page, try_to_migrate, try_to_unmap, uffd_wp_range, unmap_mapping_range,
  userfaultfd_remove, vm_insert_page, vma_pgtable_walk_begin, vmf_anon_prepare, vmf_insert_pfn,
  wait_event_hrtimeout, wait_event_idle_timeout, wait_event_interruptible_exclusive, wait_event_killable_timeout,
  wait_for_completion_interruptible_timeout, wait_for_completion_killable_timeout, wait_on_bit_timeout,
  wp_page_copy, ww_mutex_lock_interruptible, zap_page_range_single, alloc_huge_page, cond_resched_rcu, might_sleep,
  cond_resched, schedule, schedule_timeout, schedule_timeout_idle, schedule_timeout_interruptible,
  schedule_timeout_killable, schedule_timeout_uninterruptible, schedule_hrtimeout, io_schedule, io_schedule_timeout,
  yield, msleep, msleep_interruptible, ssleep, usleep_range, fsleep, wait_event, wait_event_timeout,
  wait_event_idle, wait_event_freezable, wait_event_interruptible, wait_event_interruptible_timeout,
  wait_event_killable, wait_event_state, io_wait_event, wait_var_event, wait_on_bit, wait_on_bit_io,
  wait_on_bit_lock, wait_woken, wait_for_completion, wait_for_completion_io, wait_for_completion_timeout,
  wait_for_completion_interruptible, wait_for_completion_killable, synchronize_rcu, synchronize_rcu_expedited,
  synchronize_srcu, synchronize_net, synchronize_irq, rcu_barrier, flush_work, flush_delayed_work, flush_workqueue,
  drain_workqueue, destroy_workqueue, cancel_work_sync, cancel_delayed_work_sync, kthread_stop, kthread_park,
  kthread_flush_work, disable_irq, free_irq, try_to_freeze, lru_add_drain_all, lru_cache_disable, vmalloc, vzalloc,
  vmalloc_user, vfree, vmap, vunmap, mmput, iput, dput, mutex_lock, mutex_lock_nested, mutex_lock_io,
  mutex_lock_interruptible, mutex_lock_killable, rt_mutex_lock, ww_mutex_lock, down_read, down_read_nested,
  down_read_interruptible, down_read_killable, down_write, down_write_nested, down_write_killable, percpu_down_read,
  percpu_down_write, down, down_interruptible, down_killable, down_timeout, mmap_read_lock, mmap_read_lock_killable,
  mmap_write_lock, mmap_write_lock_nested, mmap_write_lock_killable, vma_start_write, lock_mm_and_find_vma,
  hugetlb_vma_lock_read, hugetlb_vma_lock_write, folio_lock, folio_lock_killable, __folio_lock, lock_page,
  lock_page_killable, folio_wait_locked, folio_wait_locked_killable, folio_wait_writeback,
  folio_wait_writeback_killable, wait_on_page_locked, wait_on_page_writeback, pte_alloc, __pte_alloc, pte_alloc_map,
  pte_alloc_map_lock, get_locked_pte, pmd_alloc, pud_alloc, p4d_alloc, huge_pte_alloc, huge_pmd_share, kmap,
  split_huge_pmd, __split_huge_pmd, copy_huge_pmd, alloc_hugetlb_folio, migrate_pages, swapin_readahead,
  read_cache_folio, read_mapping_folio, vm_munmap, mmu_notifier_invalidate_range_start, migration_entry_wait,
  __migration_entry_wait, migration_entry_wait_huge, __migration_entry_wait_huge, pmd_migration_entry_wait,
  put_and_wait_on_page_locked, folio_put_wait_locked};
identifier alloc = {kmalloc, kzalloc, kmalloc_array, kcalloc, kvmalloc, kvzalloc, kmem_cache_alloc,
  kmem_cache_zalloc, kmemdup, kstrdup, alloc_page, alloc_pages, folio_alloc, get_zeroed_page, __get_free_page,
  __get_free_pages, mem_cgroup_charge};
identifier gfp = {GFP_KERNEL, GFP_KERNEL_ACCOUNT, GFP_USER, GFP_HIGHUSER, GFP_HIGHUSER_MOVABLE, GFP_NOFS, GFP_NOIO,
  GFP_TRANSHUGE, __GFP_DIRECT_RECLAIM};
@@
(
  take(l, ...);
|
  if (!trying(l, ...)) S
|
  if (!counting(..., l)) S
|
  bit_spin_lock(..., l);
|
  assert_spin_locked(l);
)
  ... when != give(l, ...)
      when != bit_spin_unlock(..., l)
      when != pte_unmap_unlock(..., l)
(
  drop(..., l)
|
* drop(...)
|
* sleeper(...)
|
* alloc(..., \(gfp\|gfp | flags\), ...)
)

// The lock of a page table, and what is mapped with it.
@@
expression l, flags;
identifier get = {pmd_lock, pud_lock, huge_pte_lock, pmd_trans_huge_lock, __pmd_trans_huge_lock,
  pud_trans_huge_lock, __pud_trans_huge_lock};
identifier give = {write_seqcount_end, folio_memcg_unlock, unlock_page_memcg, spin_unlock, spin_unlock_irq, spin_unlock_irqrestore,
  spin_unlock_bh, raw_spin_unlock, raw_spin_unlock_irq, raw_spin_unlock_irqrestore, raw_spin_unlock_bh,
  arch_spin_unlock, read_unlock, read_unlock_irq, read_unlock_irqrestore, read_unlock_bh, write_unlock,
  write_unlock_irq, write_unlock_irqrestore, write_unlock_bh, hlist_bl_unlock, write_sequnlock, write_sequnlock_irq,
  write_sequnlock_irqrestore, write_sequnlock_bh, read_sequnlock_excl, local_unlock, local_unlock_irq,
  local_unlock_irqrestore, xa_unlock, xa_unlock_bh, xa_unlock_irq, xa_unlock_irqrestore, xas_unlock, xas_unlock_bh,
  xas_unlock_irq, xas_unlock_irqrestore};
identifier drop = {migration_entry_wait_on_locked, softleaf_entry_wait_on_locked};
identifier sleeper = {anon_vma_lock_read, anon_vma_lock_write, anon_vma_prepare, apply_to_page_range,
  atomic_dec_and_mutex_lock, collapse_huge_page, copy_pte_range, do_huge_pmd_numa_page, do_swap_page,
  down_read_killable_nested, down_read_non_owner, down_write_killable_nested, down_write_nest_lock, expand_stack,
  fault_in_readable, fault_in_safe_writeable, fault_in_writeable, filemap_invalidate_lock,
  filemap_invalidate_lock_shared, filemap_lock_folio, finish_fault, fixup_user_fault, folio_lock_anon_vma_read,
  folio_lock_or_retry, __folio_lock_or_retry, folio_wait_bit, folio_wait_bit_killable, folio_wait_stable,
  get_user_pages, get_user_pages_fast, get_user_pages_remote, get_user_pages_unlocked, handle_mm_fault,
  hmm_range_fault, hugetlb_zap_begin, i_mmap_lock_read, i_mmap_lock_write, inode_lock, inode_lock_nested,
  inode_lock_shared, kthread_cancel_work_sync, make_device_exclusive, migrate_vma_finalize, migrate_vma_setup,
  mmu_interval_read_begin, mutex_lock_interruptible_nested, mutex_lock_killable_nested, mutex_lock_nest_lock,
  page_lock_anon_vma_read, pin_user_pages, pin_user_pages_fast, pin_user_pages_unlocked,
  refcount_dec_and_mutex_lock, remap_pfn_range, remove_migration_ptes, rmap_walk, rmap_walk_locked, split_folio,
  split_folio_to_list, split_huge_page, try_to_migrate, try_to_unmap, uffd_wp_range, unmap_mapping_range,
  userfaultfd_remove, vm_insert_page, vma_pgtable_walk_begin, vmf_anon_prepare, vmf_insert_pfn,
  wait_event_hrtimeout, wait_event_idle_timeout, wait_event_interruptible_exclusive, wait_event_killable_timeout,
  wait_for_completion_interruptible_timeout, wait_for_completion_killable_timeout, wait_on_bit_timeout,
  wp_page_copy, ww_mutex_lock_interruptible, zap_page_range_single, alloc_huge_page, cond_resched_rcu, might_sleep,
  cond_resched, schedule, schedule_timeout, schedule_timeout_idle, schedule_timeout_interruptible,
  schedule_timeout_killable, schedule_timeout_uninterruptible, schedule_hrtimeout, io_schedule, io_schedule_timeout,
  yield, msleep, msleep_interruptible, ssleep, usleep_range, fsleep, wait_event, wait_event_timeout,
  wait_event_idle, wait_event_freezable, wait_event_interruptible, wait_event_interruptible_timeout,
  wait_event_killable, wait_event_state, io_wait_event, wait_var_event, wait_on_bit, wait_on_bit_io,
  wait_on_bit_lock, wait_woken, wait_for_completion, wait_for_completion_io, wait_for_completion_timeout,
  wait_for_completion_interruptible, wait_for_completion_killable, synchronize_rcu, synchronize_rcu_expedited,
  synchronize_srcu, synchronize_net, synchronize_irq, rcu_barrier, flush_work, flush_delayed_work, flush_workqueue,
  drain_workqueue, destroy_workqueue, cancel_work_sync, cancel_delayed_work_sync, kthread_stop, kthread_park,
  kthread_flush_work, disable_irq, free_irq, try_to_freeze, lru_add_drain_all, lru_cache_disable, vmalloc, vzalloc,
  vmalloc_user, vfree, vmap, vunmap, mmput, iput, dput, mutex_lock, mutex_lock_nested, mutex_lock_io,
  mutex_lock_interruptible, mutex_lock_killable, rt_mutex_lock, ww_mutex_lock, down_read, down_read_nested,
  down_read_interruptible, down_read_killable, down_write, down_write_nested, down_write_killable, percpu_down_read,
  percpu_down_write, down, down_interruptible, down_killable, down_timeout, mmap_read_lock, mmap_read_lock_killable,
  mmap_write_lock, mmap_write_lock_nested, mmap_write_lock_killable, vma_start_write, lock_mm_and_find_vma,
  hugetlb_vma_lock_read, hugetlb_vma_lock_write, folio_lock, folio_lock_killable, __folio_lock, lock_page,
  lock_page_killable, folio_wait_locked, folio_wait_locked_killable, folio_wait_writeback,
  folio_wait_writeback_killable, wait_on_page_locked, wait_on_page_writeback, pte_alloc, __pte_alloc, pte_alloc_map,
  pte_alloc_map_lock, get_locked_pte, pmd_alloc, pud_alloc, p4d_alloc, huge_pte_alloc, huge_pmd_share, kmap,
  split_huge_pmd, __split_huge_pmd, copy_huge_pmd, alloc_hugetlb_folio, migrate_pages, swapin_readahead,
  read_cache_folio, read_mapping_folio, vm_munmap, mmu_notifier_invalidate_range_start, migration_entry_wait,
  __migration_entry_wait, migration_entry_wait_huge, __migration_entry_wait_huge, pmd_migration_entry_wait,
  put_and_wait_on_page_locked, folio_put_wait_locked};
identifier alloc = {kmalloc, kzalloc, kmalloc_array, kcalloc, kvmalloc, kvzalloc, kmem_cache_alloc,
  kmem_cache_zalloc, kmemdup, kstrdup, alloc_page, alloc_pages, folio_alloc, get_zeroed_page, __get_free_page,
  __get_free_pages, mem_cgroup_charge};
identifier gfp = {GFP_KERNEL, GFP_KERNEL_ACCOUNT, GFP_USER, GFP_HIGHUSER, GFP_HIGHUSER_MOVABLE, GFP_NOFS, GFP_NOIO,
  GFP_TRANSHUGE, __GFP_DIRECT_RECLAIM};
@@
  l = get(...)
  ... when != give(l, ...)
      when != !l
      when != l == NULL
      when != l
(
  drop(..., l)
|
* drop(...)
|
* sleeper(...)
|
* alloc(..., \(gfp\|gfp | flags\), ...)
)

@tables@
@@
  \(pte_offset_map\|__pte_offset_map\|pte_offset_map_nolock\|pte_offset_map_ro_nolock\|pte_offset_map_rw_nolock\|
    pte_alloc_map\|pte_offset_map_lock\|__pte_offset_map_lock\|pte_alloc_map_lock\|get_locked_pte\)(...)

@depends on tables@
expression pte, entry, l, flags;
identifier map = {__pte_map, pte_offset_map, __pte_offset_map, pte_offset_map_nolock, pte_offset_map_ro_nolock,
  pte_offset_map_rw_nolock, pte_alloc_map, pte_offset_map_lock, __pte_offset_map_lock, pte_alloc_map_lock,
  get_locked_pte};
identifier sleeper = {anon_vma_lock_read, anon_vma_lock_write, anon_vma_prepare, apply_to_page_range,
  atomic_dec_and_mutex_lock, collapse_huge_page, copy_pte_range, do_huge_pmd_numa_page, do_swap_page,
  down_read_killable_nested, down_read_non_owner, down_write_killable_nested, down_write_nest_lock, expand_stack,
  fault_in_readable, fault_in_safe_writeable, fault_in_writeable, filemap_invalidate_lock,
  filemap_invalidate_lock_shared, filemap_lock_folio, finish_fault, fixup_user_fault, folio_lock_anon_vma_read,
  folio_lock_or_retry, __folio_lock_or_retry, folio_wait_bit, folio_wait_bit_killable, folio_wait_stable,
  get_user_pages, get_user_pages_fast, get_user_pages_remote, get_user_pages_unlocked, handle_mm_fault,
  hmm_range_fault, hugetlb_zap_begin, i_mmap_lock_read, i_mmap_lock_write, inode_lock, inode_lock_nested,
  inode_lock_shared, kthread_cancel_work_sync, make_device_exclusive, migrate_vma_finalize, migrate_vma_setup,
  mmu_interval_read_begin, mutex_lock_interruptible_nested, mutex_lock_killable_nested, mutex_lock_nest_lock,
  page_lock_anon_vma_read, pin_user_pages, pin_user_pages_fast, pin_user_pages_unlocked,
  refcount_dec_and_mutex_lock, remap_pfn_range, remove_migration_ptes, rmap_walk, rmap_walk_locked, split_folio,
  split_folio_to_list, split_huge_page, try_to_migrate, try_to_unmap, uffd_wp_range, unmap_mapping_range,
  userfaultfd_remove, vm_insert_page, vma_pgtable_walk_begin, vmf_anon_prepare, vmf_insert_pfn,
  wait_event_hrtimeout, wait_event_idle_timeout, wait_event_interruptible_exclusive, wait_event_killable_timeout,
  wait_for_completion_interruptible_timeout, wait_for_completion_killable_timeout, wait_on_bit_timeout,
  wp_page_copy, ww_mutex_lock_interruptible, zap_page_range_single, alloc_huge_page, cond_resched_rcu, might_sleep,
  cond_resched, schedule, schedule_timeout, schedule_timeout_idle, schedule_timeout_interruptible,
  schedule_timeout_killable, schedule_timeout_uninterruptible, schedule_hrtimeout, io_schedule, io_schedule_timeout,
  yield, msleep, msleep_interruptible, ssleep, usleep_range, fsleep, wait_event, wait_event_timeout,
  wait_event_idle, wait_event_freezable, wait_event_interruptible, wait_event_interruptible_timeout,
  wait_event_killable, wait_event_state, io_wait_event, wait_var_event, wait_on_bit, wait_on_bit_io,
  wait_on_bit_lock, wait_woken, wait_for_completion, wait_for_completion_io, wait_for_completion_timeout,
  wait_for_completion_interruptible, wait_for_completion_killable, synchronize_rcu, synchronize_rcu_expedited,
  synchronize_srcu, synchronize_net, synchronize_irq, rcu_barrier, flush_work, flush_delayed_work, flush_workqueue,
  drain_workqueue, destroy_workqueue, cancel_work_sync, cancel_delayed_work_sync, kthread_stop, kthread_park,
  kthread_flush_work, disable_irq, free_irq, try_to_freeze, lru_add_drain_all, lru_cache_disable, vmalloc, vzalloc,
  vmalloc_user, vfree, vmap, vunmap, mmput, iput, dput, mutex_lock, mutex_lock_nested, mutex_lock_io,
  mutex_lock_interruptible, mutex_lock_killable, rt_mutex_lock, ww_mutex_lock, down_read, down_read_nested,
  down_read_interruptible, down_read_killable, down_write, down_write_nested, down_write_killable, percpu_down_read,
  percpu_down_write, down, down_interruptible, down_killable, down_timeout, mmap_read_lock, mmap_read_lock_killable,
  mmap_write_lock, mmap_write_lock_nested, mmap_write_lock_killable, vma_start_write, lock_mm_and_find_vma,
  hugetlb_vma_lock_read, hugetlb_vma_lock_write, folio_lock, folio_lock_killable, __folio_lock, lock_page,
  lock_page_killable, folio_wait_locked, folio_wait_locked_killable, folio_wait_writeback,
  folio_wait_writeback_killable, wait_on_page_locked, wait_on_page_writeback, pte_alloc, __pte_alloc, pte_alloc_map,
  pte_alloc_map_lock, get_locked_pte, pmd_alloc, pud_alloc, p4d_alloc, huge_pte_alloc, huge_pmd_share, kmap,
  split_huge_pmd, __split_huge_pmd, copy_huge_pmd, alloc_hugetlb_folio, migrate_pages, swapin_readahead,
  read_cache_folio, read_mapping_folio, vm_munmap, mmu_notifier_invalidate_range_start, migration_entry_wait,
  __migration_entry_wait, migration_entry_wait_huge, __migration_entry_wait_huge, pmd_migration_entry_wait,
  put_and_wait_on_page_locked, folio_put_wait_locked};
identifier alloc = {kmalloc, kzalloc, kmalloc_array, kcalloc, kvmalloc, kvzalloc, kmem_cache_alloc,
  kmem_cache_zalloc, kmemdup, kstrdup, alloc_page, alloc_pages, folio_alloc, get_zeroed_page, __get_free_page,
  __get_free_pages, mem_cgroup_charge};
identifier gfp = {GFP_KERNEL, GFP_KERNEL_ACCOUNT, GFP_USER, GFP_HIGHUSER, GFP_HIGHUSER_MOVABLE, GFP_NOFS, GFP_NOIO,
  GFP_TRANSHUGE, __GFP_DIRECT_RECLAIM};
statement S;
@@
  pte = map(...)
  ...
  if (!pte) S
  ... when != pte_unmap(...)
      when != pte_unmap_unlock(...)
      when != pte = ...
(
* \(migration_entry_wait_on_locked\|softleaf_entry_wait_on_locked\)(entry, l)
|
* sleeper(...)
|
* alloc(..., \(gfp\|gfp | flags\), ...)
)

@@
expression to, flags;
identifier katomic = {kmap_atomic, kmap_atomic_prot, kmap_atomic_pfn};
identifier sleeper = {anon_vma_lock_read, anon_vma_lock_write, anon_vma_prepare, apply_to_page_range,
  atomic_dec_and_mutex_lock, collapse_huge_page, copy_pte_range, do_huge_pmd_numa_page, do_swap_page,
  down_read_killable_nested, down_read_non_owner, down_write_killable_nested, down_write_nest_lock, expand_stack,
  fault_in_readable, fault_in_safe_writeable, fault_in_writeable, filemap_invalidate_lock,
  filemap_invalidate_lock_shared, filemap_lock_folio, finish_fault, fixup_user_fault, folio_lock_anon_vma_read,
  folio_lock_or_retry, __folio_lock_or_retry, folio_wait_bit, folio_wait_bit_killable, folio_wait_stable,
  get_user_pages, get_user_pages_fast, get_user_pages_remote, get_user_pages_unlocked, handle_mm_fault,
  hmm_range_fault, hugetlb_zap_begin, i_mmap_lock_read, i_mmap_lock_write, inode_lock, inode_lock_nested,
  inode_lock_shared, kthread_cancel_work_sync, make_device_exclusive, migrate_vma_finalize, migrate_vma_setup,
  mmu_interval_read_begin, mutex_lock_interruptible_nested, mutex_lock_killable_nested, mutex_lock_nest_lock,
  page_lock_anon_vma_read, pin_user_pages, pin_user_pages_fast, pin_user_pages_unlocked,
  refcount_dec_and_mutex_lock, remap_pfn_range, remove_migration_ptes, rmap_walk, rmap_walk_locked, split_folio,
  split_folio_to_list, split_huge_page, try_to_migrate, try_to_unmap, uffd_wp_range, unmap_mapping_range,
  userfaultfd_remove, vm_insert_page, vma_pgtable_walk_begin, vmf_anon_prepare, vmf_insert_pfn,
  wait_event_hrtimeout, wait_event_idle_timeout, wait_event_interruptible_exclusive, wait_event_killable_timeout,
  wait_for_completion_interruptible_timeout, wait_for_completion_killable_timeout, wait_on_bit_timeout,
  wp_page_copy, ww_mutex_lock_interruptible, zap_page_range_single, alloc_huge_page, cond_resched_rcu, might_sleep,
  cond_resched, schedule, schedule_timeout, schedule_timeout_idle, schedule_timeout_interruptible,
  schedule_timeout_killable, schedule_timeout_uninterruptible, schedule_hrtimeout, io_schedule, io_schedule_timeout,
  yield, msleep, msleep_interruptible, ssleep, usleep_range, fsleep, wait_event, wait_event_timeout,
  wait_event_idle, wait_event_freezable, wait_event_interruptible, wait_event_interruptible_timeout,
  wait_event_killable, wait_event_state, io_wait_event, wait_var_event, wait_on_bit, wait_on_bit_io,
  wait_on_bit_lock, wait_woken, wait_for_completion, wait_for_completion_io, wait_for_completion_timeout,
  wait_for_completion_interruptible, wait_for_completion_killable, synchronize_rcu, synchronize_rcu_expedited,
  synchronize_srcu, synchronize_net, synchronize_irq, rcu_barrier, flush_work, flush_delayed_work, flush_workqueue,
  drain_workqueue, destroy_workqueue, cancel_work_sync, cancel_delayed_work_sync, kthread_stop, kthread_park,
  kthread_flush_work, disable_irq, free_irq, try_to_freeze, lru_add_drain_all, lru_cache_disable, vmalloc, vzalloc,
  vmalloc_user, vfree, vmap, vunmap, mmput, iput, dput, mutex_lock, mutex_lock_nested, mutex_lock_io,
  mutex_lock_interruptible, mutex_lock_killable, rt_mutex_lock, ww_mutex_lock, down_read, down_read_nested,
  down_read_interruptible, down_read_killable, down_write, down_write_nested, down_write_killable, percpu_down_read,
  percpu_down_write, down, down_interruptible, down_killable, down_timeout, mmap_read_lock, mmap_read_lock_killable,
  mmap_write_lock, mmap_write_lock_nested, mmap_write_lock_killable, vma_start_write, lock_mm_and_find_vma,
  hugetlb_vma_lock_read, hugetlb_vma_lock_write, folio_lock, folio_lock_killable, __folio_lock, lock_page,
  lock_page_killable, folio_wait_locked, folio_wait_locked_killable, folio_wait_writeback,
  folio_wait_writeback_killable, wait_on_page_locked, wait_on_page_writeback, pte_alloc, __pte_alloc, pte_alloc_map,
  pte_alloc_map_lock, get_locked_pte, pmd_alloc, pud_alloc, p4d_alloc, huge_pte_alloc, huge_pmd_share, kmap,
  split_huge_pmd, __split_huge_pmd, copy_huge_pmd, alloc_hugetlb_folio, migrate_pages, swapin_readahead,
  read_cache_folio, read_mapping_folio, vm_munmap, mmu_notifier_invalidate_range_start, migration_entry_wait,
  __migration_entry_wait, migration_entry_wait_huge, __migration_entry_wait_huge, pmd_migration_entry_wait,
  put_and_wait_on_page_locked, folio_put_wait_locked};
identifier alloc = {kmalloc, kzalloc, kmalloc_array, kcalloc, kvmalloc, kvzalloc, kmem_cache_alloc,
  kmem_cache_zalloc, kmemdup, kstrdup, alloc_page, alloc_pages, folio_alloc, get_zeroed_page, __get_free_page,
  __get_free_pages, mem_cgroup_charge};
identifier gfp = {GFP_KERNEL, GFP_KERNEL_ACCOUNT, GFP_USER, GFP_HIGHUSER, GFP_HIGHUSER_MOVABLE, GFP_NOFS, GFP_NOIO,
  GFP_TRANSHUGE, __GFP_DIRECT_RECLAIM};
@@
  to = katomic(...)
  ... when != kunmap_atomic(...)
(
* sleeper(...)
|
* alloc(..., \(gfp\|gfp | flags\), ...)
)

@@
expression flags;
identifier sleeper = {anon_vma_lock_read, anon_vma_lock_write, anon_vma_prepare, apply_to_page_range,
  atomic_dec_and_mutex_lock, collapse_huge_page, copy_pte_range, do_huge_pmd_numa_page, do_swap_page,
  down_read_killable_nested, down_read_non_owner, down_write_killable_nested, down_write_nest_lock, expand_stack,
  fault_in_readable, fault_in_safe_writeable, fault_in_writeable, filemap_invalidate_lock,
  filemap_invalidate_lock_shared, filemap_lock_folio, finish_fault, fixup_user_fault, folio_lock_anon_vma_read,
  folio_lock_or_retry, __folio_lock_or_retry, folio_wait_bit, folio_wait_bit_killable, folio_wait_stable,
  get_user_pages, get_user_pages_fast, get_user_pages_remote, get_user_pages_unlocked, handle_mm_fault,
  hmm_range_fault, hugetlb_zap_begin, i_mmap_lock_read, i_mmap_lock_write, inode_lock, inode_lock_nested,
  inode_lock_shared, kthread_cancel_work_sync, make_device_exclusive, migrate_vma_finalize, migrate_vma_setup,
  mmu_interval_read_begin, mutex_lock_interruptible_nested, mutex_lock_killable_nested, mutex_lock_nest_lock,
  page_lock_anon_vma_read, pin_user_pages, pin_user_pages_fast, pin_user_pages_unlocked,
  refcount_dec_and_mutex_lock, remap_pfn_range, remove_migration_ptes, rmap_walk, rmap_walk_locked, split_folio,
  split_folio_to_list, split_huge_page, try_to_migrate, try_to_unmap, uffd_wp_range, unmap_mapping_range,
  userfaultfd_remove, vm_insert_page, vma_pgtable_walk_begin, vmf_anon_prepare, vmf_insert_pfn,
  wait_event_hrtimeout, wait_event_idle_timeout, wait_event_interruptible_exclusive, wait_event_killable_timeout,
  wait_for_completion_interruptible_timeout, wait_for_completion_killable_timeout, wait_on_bit_timeout,
  wp_page_copy, ww_mutex_lock_interruptible, zap_page_range_single, alloc_huge_page, cond_resched_rcu, might_sleep,
  cond_resched, schedule, schedule_timeout, schedule_timeout_idle, schedule_timeout_interruptible,
  schedule_timeout_killable, schedule_timeout_uninterruptible, schedule_hrtimeout, io_schedule, io_schedule_timeout,
  yield, msleep, msleep_interruptible, ssleep, usleep_range, fsleep, wait_event, wait_event_timeout,
  wait_event_idle, wait_event_freezable, wait_event_interruptible, wait_event_interruptible_timeout,
  wait_event_killable, wait_event_state, io_wait_event, wait_var_event, wait_on_bit, wait_on_bit_io,
  wait_on_bit_lock, wait_woken, wait_for_completion, wait_for_completion_io, wait_for_completion_timeout,
  wait_for_completion_interruptible, wait_for_completion_killable, synchronize_rcu, synchronize_rcu_expedited,
  synchronize_srcu, synchronize_net, synchronize_irq, rcu_barrier, flush_work, flush_delayed_work, flush_workqueue,
  drain_workqueue, destroy_workqueue, cancel_work_sync, cancel_delayed_work_sync, kthread_stop, kthread_park,
  kthread_flush_work, disable_irq, free_irq, try_to_freeze, lru_add_drain_all, lru_cache_disable, vmalloc, vzalloc,
  vmalloc_user, vfree, vmap, vunmap, mmput, iput, dput, mutex_lock, mutex_lock_nested, mutex_lock_io,
  mutex_lock_interruptible, mutex_lock_killable, rt_mutex_lock, ww_mutex_lock, down_read, down_read_nested,
  down_read_interruptible, down_read_killable, down_write, down_write_nested, down_write_killable, percpu_down_read,
  percpu_down_write, down, down_interruptible, down_killable, down_timeout, mmap_read_lock, mmap_read_lock_killable,
  mmap_write_lock, mmap_write_lock_nested, mmap_write_lock_killable, vma_start_write, lock_mm_and_find_vma,
  hugetlb_vma_lock_read, hugetlb_vma_lock_write, folio_lock, folio_lock_killable, __folio_lock, lock_page,
  lock_page_killable, folio_wait_locked, folio_wait_locked_killable, folio_wait_writeback,
  folio_wait_writeback_killable, wait_on_page_locked, wait_on_page_writeback, pte_alloc, __pte_alloc, pte_alloc_map,
  pte_alloc_map_lock, get_locked_pte, pmd_alloc, pud_alloc, p4d_alloc, huge_pte_alloc, huge_pmd_share, kmap,
  split_huge_pmd, __split_huge_pmd, copy_huge_pmd, alloc_hugetlb_folio, migrate_pages, swapin_readahead,
  read_cache_folio, read_mapping_folio, vm_munmap, mmu_notifier_invalidate_range_start, migration_entry_wait,
  __migration_entry_wait, migration_entry_wait_huge, __migration_entry_wait_huge, pmd_migration_entry_wait,
  put_and_wait_on_page_locked, folio_put_wait_locked};
identifier alloc = {kmalloc, kzalloc, kmalloc_array, kcalloc, kvmalloc, kvzalloc, kmem_cache_alloc,
  kmem_cache_zalloc, kmemdup, kstrdup, alloc_page, alloc_pages, folio_alloc, get_zeroed_page, __get_free_page,
  __get_free_pages, mem_cgroup_charge};
identifier gfp = {GFP_KERNEL, GFP_KERNEL_ACCOUNT, GFP_USER, GFP_HIGHUSER, GFP_HIGHUSER_MOVABLE, GFP_NOFS, GFP_NOIO,
  GFP_TRANSHUGE, __GFP_DIRECT_RECLAIM};
identifier enter = {rcu_read_lock_bh, rcu_read_lock_sched, get_cpu_ptr, get_cpu_var, lazy_mmu_mode_resume,
  preempt_disable_notrace, rcu_read_lock, preempt_disable, get_cpu, local_bh_disable, local_irq_disable,
  local_irq_save, arch_enter_lazy_mmu_mode, lazy_mmu_mode_enable};
identifier leave = {rcu_read_unlock_bh, rcu_read_unlock_sched, put_cpu_ptr, put_cpu_var, lazy_mmu_mode_pause,
  preempt_enable_notrace, rcu_read_unlock, preempt_enable, preempt_enable_no_resched, put_cpu, local_bh_enable,
  local_irq_enable, local_irq_restore, arch_leave_lazy_mmu_mode, lazy_mmu_mode_disable};
@@
  enter(...)
  ... when != leave(...)
(
* sleeper(...)
|
* alloc(..., \(gfp\|gfp | flags\), ...)
)

// A copy from or to user space sleeps in a page fault only.
@@
expression l;
identifier take = {write_seqcount_begin, folio_memcg_lock, lock_page_memcg, spin_lock, spin_lock_nested, spin_lock_nest_lock,
  spin_lock_irq, spin_lock_irqsave, spin_lock_irqsave_nested, spin_lock_bh, raw_spin_lock, raw_spin_lock_nested,
  raw_spin_lock_irq, raw_spin_lock_irqsave, raw_spin_lock_irqsave_nested, raw_spin_lock_bh, arch_spin_lock,
  read_lock, read_lock_irq, read_lock_irqsave, read_lock_bh, write_lock, write_lock_nested, write_lock_irq,
  write_lock_irqsave, write_lock_bh, hlist_bl_lock, write_seqlock, write_seqlock_irq, write_seqlock_irqsave,
  write_seqlock_bh, read_seqlock_excl, local_lock, local_lock_irq, local_lock_irqsave, xa_lock, xa_lock_bh,
  xa_lock_irq, xa_lock_irqsave, xas_lock, xas_lock_bh, xas_lock_irq, xas_lock_irqsave};
identifier give = {write_seqcount_end, folio_memcg_unlock, unlock_page_memcg, spin_unlock, spin_unlock_irq, spin_unlock_irqrestore,
  spin_unlock_bh, raw_spin_unlock, raw_spin_unlock_irq, raw_spin_unlock_irqrestore, raw_spin_unlock_bh,
  arch_spin_unlock, read_unlock, read_unlock_irq, read_unlock_irqrestore, read_unlock_bh, write_unlock,
  write_unlock_irq, write_unlock_irqrestore, write_unlock_bh, hlist_bl_unlock, write_sequnlock, write_sequnlock_irq,
  write_sequnlock_irqrestore, write_sequnlock_bh, read_sequnlock_excl, local_unlock, local_unlock_irq,
  local_unlock_irqrestore, xa_unlock, xa_unlock_bh, xa_unlock_irq, xa_unlock_irqrestore, xas_unlock, xas_unlock_bh,
  xas_unlock_irq, xas_unlock_irqrestore};
@@
  take(l, ...);
  ... when != give(l, ...)
      when != pagefault_disable()
* \(copy_from_user\|copy_to_user\|copy_struct_from_user\|clear_user\|get_user\|put_user\|strncpy_from_user\|
    strnlen_user\|memdup_user\|memdup_user_nul\|access_process_vm\|access_remote_vm\|might_fault\)(...)

// The walk holds the map and the lock of the table around its callback.
@callback@
identifier ops, entry;
@@
struct mm_walk_ops ops = { .pte_entry = entry, };

@@
identifier callback.entry;
identifier sleeper = {anon_vma_lock_read, anon_vma_lock_write, anon_vma_prepare, apply_to_page_range,
  atomic_dec_and_mutex_lock, collapse_huge_page, copy_pte_range, do_huge_pmd_numa_page, do_swap_page,
  down_read_killable_nested, down_read_non_owner, down_write_killable_nested, down_write_nest_lock, expand_stack,
  fault_in_readable, fault_in_safe_writeable, fault_in_writeable, filemap_invalidate_lock,
  filemap_invalidate_lock_shared, filemap_lock_folio, finish_fault, fixup_user_fault, folio_lock_anon_vma_read,
  folio_lock_or_retry, __folio_lock_or_retry, folio_wait_bit, folio_wait_bit_killable, folio_wait_stable,
  get_user_pages, get_user_pages_fast, get_user_pages_remote, get_user_pages_unlocked, handle_mm_fault,
  hmm_range_fault, hugetlb_zap_begin, i_mmap_lock_read, i_mmap_lock_write, inode_lock, inode_lock_nested,
  inode_lock_shared, kthread_cancel_work_sync, make_device_exclusive, migrate_vma_finalize, migrate_vma_setup,
  mmu_interval_read_begin, mutex_lock_interruptible_nested, mutex_lock_killable_nested, mutex_lock_nest_lock,
  page_lock_anon_vma_read, pin_user_pages, pin_user_pages_fast, pin_user_pages_unlocked,
  refcount_dec_and_mutex_lock, remap_pfn_range, remove_migration_ptes, rmap_walk, rmap_walk_locked, split_folio,
  split_folio_to_list, split_huge_page, try_to_migrate, try_to_unmap, uffd_wp_range, unmap_mapping_range,
  userfaultfd_remove, vm_insert_page, vma_pgtable_walk_begin, vmf_anon_prepare, vmf_insert_pfn,
  wait_event_hrtimeout, wait_event_idle_timeout, wait_event_interruptible_exclusive, wait_event_killable_timeout,
  wait_for_completion_interruptible_timeout, wait_for_completion_killable_timeout, wait_on_bit_timeout,
  wp_page_copy, ww_mutex_lock_interruptible, zap_page_range_single, alloc_huge_page, cond_resched_rcu, might_sleep,
  cond_resched, schedule, schedule_timeout, schedule_timeout_idle, schedule_timeout_interruptible,
  schedule_timeout_killable, schedule_timeout_uninterruptible, schedule_hrtimeout, io_schedule, io_schedule_timeout,
  yield, msleep, msleep_interruptible, ssleep, usleep_range, fsleep, wait_event, wait_event_timeout,
  wait_event_idle, wait_event_freezable, wait_event_interruptible, wait_event_interruptible_timeout,
  wait_event_killable, wait_event_state, io_wait_event, wait_var_event, wait_on_bit, wait_on_bit_io,
  wait_on_bit_lock, wait_woken, wait_for_completion, wait_for_completion_io, wait_for_completion_timeout,
  wait_for_completion_interruptible, wait_for_completion_killable, synchronize_rcu, synchronize_rcu_expedited,
  synchronize_srcu, synchronize_net, synchronize_irq, rcu_barrier, flush_work, flush_delayed_work, flush_workqueue,
  drain_workqueue, destroy_workqueue, cancel_work_sync, cancel_delayed_work_sync, kthread_stop, kthread_park,
  kthread_flush_work, disable_irq, free_irq, try_to_freeze, lru_add_drain_all, lru_cache_disable, vmalloc, vzalloc,
  vmalloc_user, vfree, vmap, vunmap, mmput, iput, dput, mutex_lock, mutex_lock_nested, mutex_lock_io,
  mutex_lock_interruptible, mutex_lock_killable, rt_mutex_lock, ww_mutex_lock, down_read, down_read_nested,
  down_read_interruptible, down_read_killable, down_write, down_write_nested, down_write_killable, percpu_down_read,
  percpu_down_write, down, down_interruptible, down_killable, down_timeout, mmap_read_lock, mmap_read_lock_killable,
  mmap_write_lock, mmap_write_lock_nested, mmap_write_lock_killable, vma_start_write, lock_mm_and_find_vma,
  hugetlb_vma_lock_read, hugetlb_vma_lock_write, folio_lock, folio_lock_killable, __folio_lock, lock_page,
  lock_page_killable, folio_wait_locked, folio_wait_locked_killable, folio_wait_writeback,
  folio_wait_writeback_killable, wait_on_page_locked, wait_on_page_writeback, pte_alloc, __pte_alloc, pte_alloc_map,
  pte_alloc_map_lock, get_locked_pte, pmd_alloc, pud_alloc, p4d_alloc, huge_pte_alloc, huge_pmd_share, kmap,
  split_huge_pmd, __split_huge_pmd, copy_huge_pmd, alloc_hugetlb_folio, migrate_pages, swapin_readahead,
  read_cache_folio, read_mapping_folio, vm_munmap, mmu_notifier_invalidate_range_start, migration_entry_wait,
  __migration_entry_wait, migration_entry_wait_huge, __migration_entry_wait_huge, pmd_migration_entry_wait,
  put_and_wait_on_page_locked, folio_put_wait_locked};
@@
entry(...) {
  ... when any
* sleeper(...)
  ... when any
}

// What the task needs that is waited for.
@@
expression l;
statement S;
identifier drop = {migration_entry_wait_on_locked, softleaf_entry_wait_on_locked};
identifier wait = {migration_entry_wait, __migration_entry_wait, migration_entry_wait_huge,
  __migration_entry_wait_huge, pmd_migration_entry_wait, put_and_wait_on_page_locked, folio_put_wait_locked};
identifier held = {hugetlb_vma_lock_read, hugetlb_vma_lock_write, folio_lock, lock_page};
identifier give = {hugetlb_vma_unlock_read, hugetlb_vma_unlock_write, folio_unlock, unlock_page};
@@
(
  held(l);
|
  if (!\(folio_trylock\|trylock_page\)(l)) S
)
  ... when != give(l)
(
  migration_entry_wait_huge(l, ...)
|
* drop(...)
|
* wait(...)
)

@@
symbol hugetlb_fault_mutex_table;
expression hash;
identifier wait = {migration_entry_wait, __migration_entry_wait, migration_entry_wait_huge,
  __migration_entry_wait_huge, pmd_migration_entry_wait, put_and_wait_on_page_locked, folio_put_wait_locked,
  migration_entry_wait_on_locked, softleaf_entry_wait_on_locked};
@@
  mutex_lock(&hugetlb_fault_mutex_table[hash]);
  ... when != mutex_unlock(&hugetlb_fault_mutex_table[hash])
* wait(...)

@@
expression vma;
@@
  \(hugetlb_vma_lock_read\|hugetlb_vma_lock_write\)(vma);
  ... when != hugetlb_vma_unlock_read(vma)
      when != hugetlb_vma_unlock_write(vma)
* handle_userfault(...)
