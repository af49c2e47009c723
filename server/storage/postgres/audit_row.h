#pragma once

#include <string>

#include "server/domain/audit/audit_record.h"

// How a statement writes its audit event (R-501): two data-modifying parts of its WITH, which run
// whether or not anything refers to them.
//
//   row   the event: a parameter ("$15::signet.audit_row"), or a column of that type
//   from  what guards it: a list for FROM, without WHERE, that has one row exactly when the effect
//         took place ("s", where s is the part that RETURNING feeds). A part that may return
//         several rows becomes "(SELECT FROM dead LIMIT 1) AS once".
//
//   WITH dead AS (UPDATE … RETURNING …), )sql" SIGNET_AUDITED("$9::signet.audit_row", "dead")
//   R"sql( SELECT … FROM dead
//
// A function of the schema takes `p_audit signet.audit_row` and does
// `PERFORM signet.append_audit(p_audit)` where it has its effect. The parameter is bound by
// `params.Add(AuditRowText(record))`; many by an ArrayText of such texts.
#define SIGNET_AUDITED(row, from) SIGNET_AUDITED_AS("audited", row, from)

// The same under another name, for a statement that writes two.
#define SIGNET_AUDITED_AS(name, row, from)                                                  \
  " " name                                                                                  \
  " AS ("                                                                                   \
  "INSERT INTO signet.audit_events"                                                         \
  " (id, at, action, outcome, actor, subject, session, content, leaf_hash)"                 \
  " SELECT (" row ").id, (" row ").at, (" row ").action, (" row ").outcome, (" row          \
  ").actor, "                                                                               \
  "(" row ").subject, (" row ").session, (" row ").content, (" row ").leaf_hash FROM " from \
  "), " name                                                                                \
  "_person AS ("                                                                            \
  "INSERT INTO signet.audit_personal (person, event_id, at, sealed)"                        \
  " SELECT (" row ").person, (" row ").id, (" row ").at, (" row ").sealed FROM " from       \
  " WHERE (" row ").sealed IS NOT NULL) "

// Of many: `rows` is an array of rows ("$10::signet.audit_row[]"), and element n is written where
// `from` has a row with that n. Without personal parts; an element may be NULL.
#define SIGNET_AUDITED_EACH(rows, from)                                                \
  " audited AS ("                                                                      \
  "INSERT INTO signet.audit_events"                                                    \
  " (id, at, action, outcome, actor, subject, session, content, leaf_hash)"            \
  " SELECT e.id, e.at, e.action, e.outcome, e.actor, e.subject, e.session, e.content," \
  " e.leaf_hash FROM unnest(" rows                                                     \
  ") WITH ORDINALITY AS e (id, at, action, outcome, actor, subject, session, content," \
  " leaf_hash, person, sealed, n) JOIN " from " USING (n) WHERE e.id IS NOT NULL) "

namespace signet::storage {

// `record` as the literal of a signet.audit_row.
std::string AuditRowText(const domain::AuditRecord& record);

}  // namespace signet::storage
