"""What `multiprocessing` has in C: semaphores that processes share. There are none, which `multiprocessing.synchronize` says."""
