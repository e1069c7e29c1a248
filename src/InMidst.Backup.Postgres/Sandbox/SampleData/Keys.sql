ALTER TABLE midst.profiles
    ADD PRIMARY KEY (id),
    ADD CONSTRAINT profiles_key_is_unique UNIQUE (key) WITH (fillfactor = 80);
ALTER TABLE midst.masks ADD PRIMARY KEY (id);
ALTER TABLE midst.tasks ADD PRIMARY KEY (id);
ALTER TABLE midst.events ADD PRIMARY KEY (id, at, kind);
ALTER TABLE midst.mask_wear ADD PRIMARY KEY (kind, day);
ALTER TABLE midst.notes ADD PRIMARY KEY (id);
ALTER TABLE midst.review_notes ADD CONSTRAINT review_notes_key PRIMARY KEY (id);
ALTER TABLE midst.attachments
    ADD PRIMARY KEY (id),
    ADD CONSTRAINT attachments_content_key UNIQUE (content) DEFERRABLE INITIALLY DEFERRED;

-- The circle: a profile has a team, a team is led by a profile.
ALTER TABLE midst.profiles
    ADD CONSTRAINT profiles_team FOREIGN KEY (team_id) REFERENCES midst.teams (id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE midst.teams
    ADD CONSTRAINT teams_lead FOREIGN KEY (lead_profile_id) REFERENCES midst.profiles (id) ON DELETE SET NULL DEFERRABLE;
ALTER TABLE midst.masks
    ADD CONSTRAINT masks_profile FOREIGN KEY (profile_id) REFERENCES midst.profiles (id) ON UPDATE CASCADE ON DELETE CASCADE;
ALTER TABLE midst.tasks
    ADD CONSTRAINT tasks_parent FOREIGN KEY (parent_id) REFERENCES midst.tasks (id),
    ADD CONSTRAINT tasks_profile FOREIGN KEY (profile_id) REFERENCES midst.profiles (id);
ALTER TABLE midst.events
    ADD CONSTRAINT events_profile FOREIGN KEY (profile_id) REFERENCES midst.profiles (id);

-- Rows older than the rules break them: only what comes back as NOT VALID comes back at all.
INSERT INTO midst.attachments VALUES (6, NULL, '', 0), (7, -1, 'orphan', 1);
ALTER TABLE midst.attachments
    ADD CONSTRAINT attachments_have_a_name CHECK (file_name <> '') NOT VALID,
    ADD CONSTRAINT attachments_task FOREIGN KEY (task_id) REFERENCES midst.tasks (id) NOT VALID;

ALTER TABLE midst.bookings
    ADD CONSTRAINT bookings_do_not_overlap EXCLUDE USING gist (slots WITH &&) WHERE (NOT cancelled AND room = 1) DEFERRABLE;
