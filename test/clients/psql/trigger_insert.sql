-- One UPDATE; its trigger writes a row for each row.
UPDATE sale SET price = price + 1 WHERE id BETWEEN -:n AND -1;
