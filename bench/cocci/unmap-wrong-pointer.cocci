// An unmap through a pointer that a loop has moved off its page, or through one that is unmapped already.
// A do loop cannot be matched with its condition, but the comma in it can.
@@
expression pte, e;
statement S;
@@
(
  for (...; ...; <+... \(pte++\|++pte\) ...+>) S
|
  while (<+... \(pte++\|++pte\) ...+>) S
|
  \(pte++, e\|++pte, e\)
)
  ... when != pte = ...
* \(pte_unmap\|pte_unmap_unlock\)(pte, ...);

// One back, where the loop may be left before its first step.
@@
expression pte;
@@
  for (...; ...; <+... \(pte++\|++pte\) ...+>) {
  <+...
  break;
  ...+>
  }
  ... when != pte = ...
* \(pte_unmap\|pte_unmap_unlock\)(pte - 1, ...);

@@
expression to;
@@
(
  \(pte_unmap\|pte_unmap_unlock\)(to, ...);
|
  \(kunmap_local\|kunmap_atomic\)(to);
)
  ... when != to = ...
(
* \(pte_unmap\|pte_unmap_unlock\)(to, ...);
|
* \(kunmap_local\|kunmap_atomic\)(to);
)
