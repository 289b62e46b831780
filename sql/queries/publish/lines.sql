-- A page of the index's lines, in order.
select place, line from pg_temp.index_line where place > :after order by place limit :page
