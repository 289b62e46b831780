-- Room to sort and join whole datasets in, for this transaction.
set local work_mem = '128MB'
