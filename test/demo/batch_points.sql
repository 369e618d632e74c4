\set id random(1, 59990)
SELECT award_points(:id, :id + 4);
