-- What is wrong with the lineages and the revocation log, whatever happened to them; no row: nothing.
-- Asked by tests/faults and by the drills.
SELECT 'made ' || count(*) || ' times', session_id, generation
  FROM signet.lineage_history WHERE kind IN (1, 2)
 GROUP BY session_id, generation HAVING count(*) <> 1
UNION ALL
SELECT 'leaf is not the last of its history', l.session_id, l.generation
  FROM signet.lineages AS l
  LEFT JOIN signet.lineage_history AS h
    ON h.session_id = l.session_id AND h.generation = l.generation AND h.kind IN (1, 2)
 WHERE h.secret_hash IS DISTINCT FROM l.leaf_hash
    OR l.generation + 1 <> (SELECT count(*) FROM signet.lineage_history AS all_of
                             WHERE all_of.session_id = l.session_id AND all_of.kind IN (1, 2))
UNION ALL
SELECT 'ended ' || count(*) || ' times', session_id, max(generation)
  FROM signet.lineage_history WHERE kind IN (4, 5)
 GROUP BY session_id HAVING count(*) <> 1
UNION ALL
SELECT 'gap in the revocation log', NULL, NULL
  FROM signet.revocation_head
 WHERE last <> (SELECT count(DISTINCT sequence) FROM signet.revocation_log)
    OR last <> (SELECT coalesce(max(sequence), 0) FROM signet.revocation_log)
