CREATE TABLE midst.parcels (
    id integer PRIMARY KEY,
    weight numeric NOT NULL,
    pounds numeric GENERATED ALWAYS AS (weight * 2.2046) VIRTUAL,
    task_id integer,
    note text,
    CONSTRAINT parcels_task FOREIGN KEY (task_id) REFERENCES midst.tasks (id) NOT ENFORCED,
    CONSTRAINT parcels_are_light CHECK (weight < 10) NOT ENFORCED
);
INSERT INTO midst.parcels (id, weight, task_id) SELECT i, i / 10.0, -i FROM generate_series(1, 200) AS i;
ALTER TABLE midst.parcels ADD CONSTRAINT parcels_have_notes NOT NULL note NOT VALID;
