/// How many blocks of memory the process has asked for so far, growing ones again included; 0 where nothing counts them.
long counted_allocations(void);
