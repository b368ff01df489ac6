// Two local maps given back in the order in which they were taken.
@@
expression first, second, one, two;
@@
  first = kmap_local_page(one);
  ... when != kunmap_local(first)
  second = kmap_local_page(two);
  ... when != kunmap_local(second)
* kunmap_local(first);
  ...
* kunmap_local(second);
