-- A page of the index's lines, in order.
select place, line from pg_temp.index_line where place > :after and place <= :until order by place
