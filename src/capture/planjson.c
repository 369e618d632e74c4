/*-------------------------------------------------------------------------
 *
 * planjson.c
 *	  A plan's text, made by the server's own EXPLAIN and stripped of constants.
 *
 * It is apart from the plan walk because it is rare (once per plan) and may
 * fail: deparsing reads catalogs, and foreign data wrappers and other
 * extensions print what they like.
 *
 * EXPLAIN prints the initialised plan without actuals, whatever instrumentation
 * it carries; then one pass of the JSON parser copies the text and changes, on
 * its way, what the header says.  Plan objects are counted, the k-th being
 * states[k] of the shape.  A scan of a partition is shown as one of the topmost
 * parent, also where it has no siblings: the text is kept per plan id, and that
 * does not know partitions either.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "capture/normalize.h"
#include "capture/planid.h"
#include "capture/planjson.h"
#include "commands/explain.h"
#include "common/jsonapi.h"
#include "compat.h"
#include PFX_EXPLAIN_STATE_H
#include PFX_EXPLAIN_FORMAT_H
#include "detect/predicates.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "parser/parsetree.h"
#include "utils/builtins.h"
#include "utils/json.h"
#include "utils/jsonfuncs.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

/* What a JSON object or array is to us. */
typedef enum FrameRole
{
	ROLE_TOP,					/* what EXPLAIN printed as a whole */
	ROLE_PLAN,					/* a plan object */
	ROLE_PLANS,					/* an array of plan objects */
	ROLE_OTHER
} FrameRole;

typedef struct Frame
{
	struct Frame *up;
	FrameRole	role;
	bool		is_array;
	bool		silent;			/* nothing of it is written */
	bool		extras_written;
	int			nvalues;		/* written so far */
	const char *key;			/* the field being read; an array has its parent's */
	int			state;			/* of a plan object: index in the shape's states */
} Frame;

/* A partition's name in expressions, and its topmost parent's. */
typedef struct AliasPair
{
	const char *child;
	const char *parent;
} AliasPair;

typedef struct PlanWriter
{
	StringInfoData out;
	Frame	   *top;
	const PfxPlanShape *shape;
	const PlannedStmt *pstmt;
	PfxPlanRels rels;
	List	   *rtable_names;	/* EXPLAIN's */
	int			npairs;
	AliasPair  *pairs;
	int			next_state;
	bool	   *written;		/* by node id: its object has been */
	int		   *nmembers;		/* by node id: plan states that share it */
	bool		broken;			/* more plan objects than plan states */
} PlanWriter;

/* String values that are names or words of EXPLAIN's, not expressions. */
static const char *const structural_keys[] = {
	"Node Type", "Strategy", "Partial Mode", "Operation", "Parent Relationship",
	"Subplan Name", "Custom Plan Provider", "Scan Direction", "Index Name",
	"Relation Name", "Schema", "Alias", "Function Name", "Table Function Name",
	"CTE Name", "Tuplestore Name", "Join Type", "Command", "Cache Mode",
	"Conflict Resolution", "Conflict Arbiter Indexes", "Sampling Method"
};

/*
 * Values that are not stored.  EXPLAIN prints a hash table's actual size also
 * without ANALYZE; the tables of a ModifyTable are its partitions; the files
 * and programs of file_fdw are nothing that a plan has to show.
 */
static const char *const dropped_keys[] = {
	"Output", "Settings", "Schema", "Target Tables", "Hash Buckets",
	"Original Hash Buckets", "Hash Batches", "Original Hash Batches",
	"Peak Memory Usage", "Foreign File", "Foreign Program", "Remote SQL"
};

static bool
is_in(const char *key, const char *const *keys, int nkeys)
{
	for (int i = 0; i < nkeys; i++)
	{
		if (strcmp(key, keys[i]) == 0)
			return true;
	}
	return false;
}

static bool
is_key(const Frame *frame, const char *key)
{
	return frame->key != NULL && strcmp(frame->key, key) == 0;
}

static void
write_key(PlanWriter *writer, const char *key)
{
	if (writer->top->nvalues++ > 0)
		appendStringInfoChar(&writer->out, ',');
	if (key)
	{
		escape_json(&writer->out, key);
		appendStringInfoChar(&writer->out, ':');
	}
}

/* What has to stand before a value: comma and key. */
static void
write_lead(PlanWriter *writer)
{
	if (writer->top)
		write_key(writer, writer->top->is_array ? NULL : writer->top->key);
}

/* The range table index that a plan object's node scans, 0 when none. */
static Index
scanned_rti(const PlanWriter *writer, const Frame *frame)
{
	Plan	   *plan = writer->shape->states[frame->state].ps->plan;
	const PfxPlanNode *node =
		&writer->shape->nodes[writer->shape->states[frame->state].node_id];

	if (!OidIsValid(node->relid) || IsA(plan, ModifyTable))
		return 0;
	return ((Scan *) plan)->scanrelid;
}

static const char *
rte_name(const PlanWriter *writer, Index rti)
{
	const char *name = NULL;

	if (rti <= list_length(writer->rtable_names))
		name = list_nth(writer->rtable_names, rti - 1);
	return name ? name : rt_fetch(rti, writer->pstmt->rtable)->eref->aliasname;
}

/* The names of partitions that conditions may mention. */
static void
collect_aliases(PlanWriter *writer)
{
	ListCell   *lc;

	writer->pairs = palloc_array(AliasPair, list_length(writer->pstmt->appendRelations) + 1);
	foreach(lc, writer->pstmt->appendRelations)
	{
		Index		child = ((AppendRelInfo *) lfirst(lc))->child_relid;
		Index		parent = pfx_plan_rels_topmost(&writer->rels, child);
		const char *name;

		if (parent == child || child > list_length(writer->rtable_names))
			continue;
		name = list_nth(writer->rtable_names, child - 1);
		if (name == NULL || strcmp(name, rte_name(writer, parent)) == 0)
			continue;
		writer->pairs[writer->npairs].child = quote_identifier(name);
		writer->pairs[writer->npairs++].parent = quote_identifier(rte_name(writer, parent));
	}
}

/* The length of the identifier or quoted string at s, 0 when there is none. */
static int
token_length(const char *s)
{
	const char *p = s;

	if (*p == '"' || *p == '\'')
	{
		while (*++p && *p != *s)
			;
		return *p ? p - s + 1 : p - s;
	}
	while (isalnum((unsigned char) *p) || *p == '_' || *p == '$' || IS_HIGHBIT_SET(*p))
		p++;
	return p - s;
}

/* "p_1.x = ..." becomes "p.x = ..." when p_1 is EXPLAIN's name for p's partition. */
static char *
with_parent_aliases(PlanWriter *writer, char *expr)
{
	StringInfoData buf;
	char		before = '\0';

	if (writer->npairs == 0)
		return expr;

	initStringInfo(&buf);
	for (char *p = expr; *p;)
	{
		int			len = token_length(p);

		if (len > 0 && p[len] == '.' && before != '.')
		{
			for (int i = 0; i < writer->npairs; i++)
			{
				if (strlen(writer->pairs[i].child) == len &&
					strncmp(writer->pairs[i].child, p, len) == 0)
				{
					appendStringInfoString(&buf, writer->pairs[i].parent);
					p += len;
					len = 0;
					break;
				}
			}
		}
		if (len == 0)
			len = 1;
		appendBinaryStringInfo(&buf, p, len);
		before = p[len - 1];
		p += len;
	}
	return buf.data;
}

static void
write_names(PlanWriter *writer, const char *key, const char *name)
{
	write_key(writer, key);
	escape_json(&writer->out, name ? name : "");
}

/* What we add to a plan object: before its children, else at its end. */
static void
write_extras(PlanWriter *writer)
{
	Frame	   *frame = writer->top;
	const PfxPlanStateRef *ref = &writer->shape->states[frame->state];
	const PfxPlanNode *node = &writer->shape->nodes[ref->node_id];
	Index		rti = scanned_rti(writer, frame);
	StringInfoData predicates;
	int			partitions = 0;

	if (frame->extras_written)
		return;
	frame->extras_written = true;

	if (node->collapsed || (rti && pfx_plan_rels_topmost(&writer->rels, rti) != rti))
		partitions = writer->nmembers[node->node_id];
	else if (IsA(ref->ps, ModifyTableState) && ((ModifyTableState *) ref->ps)->mt_nrels > 1)
		partitions = ((ModifyTableState *) ref->ps)->mt_nrels;
	if (partitions > 0)
	{
		write_key(writer, "Partitions");
		appendStringInfo(&writer->out, "%d", partitions);
	}

	initStringInfo(&predicates);
	if (pfx_predicates_json(&predicates, ref->ps, writer->pstmt))
	{
		write_key(writer, "Predicates");
		appendBinaryStringInfo(&writer->out, predicates.data, predicates.len);
	}
	pfree(predicates.data);
}

/*
 * A scalar in a plan object whose value is ours and not EXPLAIN's; false when
 * it is EXPLAIN's.
 */
static bool
write_own_scalar(PlanWriter *writer, char *token)
{
	Frame	   *frame = writer->top;
	const PfxPlanNode *node =
		&writer->shape->nodes[writer->shape->states[frame->state].node_id];
	Index		rti = scanned_rti(writer, frame);
	Index		topmost = rti ? pfx_plan_rels_topmost(&writer->rels, rti) : 0;

	if (is_key(frame, "Relation Name"))
	{
		char	   *schema = NULL;

		if (topmost != rti)
			token = get_rel_name(node->relid);
		if (OidIsValid(node->relid))
			schema = get_namespace_name_or_temp(get_rel_namespace(node->relid));
		write_names(writer, frame->key, token);
		if (schema)
			write_names(writer, "Schema", schema);
		return true;
	}
	if (is_key(frame, "Alias") && topmost != rti)
	{
		write_names(writer, frame->key, rte_name(writer, topmost));
		return true;
	}
	if (is_key(frame, "Index Name") && topmost != rti)
	{
		write_names(writer, frame->key, get_rel_name(node->indexid));
		return true;
	}
	if (node->collapsed && is_key(frame, "Plan Rows"))
	{
		write_lead(writer);
		appendStringInfo(&writer->out, "%.0f", node->est_rows);
		return true;
	}
	if (node->collapsed && is_key(frame, "Total Cost"))
	{
		write_lead(writer);
		appendStringInfo(&writer->out, "%.2f", node->total_cost);
		return true;
	}
	return false;
}

/* Enter an object or array, and find out what it is to us. */
static void
push_frame(PlanWriter *writer, bool is_array)
{
	Frame	   *up = writer->top;
	Frame	   *frame = palloc0_object(Frame);

	frame->up = up;
	frame->is_array = is_array;
	frame->role = ROLE_OTHER;
	if (up == NULL)
		frame->role = ROLE_TOP;
	else
	{
		frame->silent = up->silent ||
			(up->key && is_in(up->key, dropped_keys, lengthof(dropped_keys)));
		if (is_array)
		{
			frame->key = up->key;
			if (up->role == ROLE_PLAN && is_key(up, "Plans"))
				frame->role = ROLE_PLANS;
		}
		else if (up->role == ROLE_PLANS || (up->role == ROLE_TOP && is_key(up, "Plan")))
			frame->role = ROLE_PLAN;
	}

	if (frame->role == ROLE_PLAN)
	{
		frame->state = writer->next_state++;
		if (frame->state >= writer->shape->nstates)
		{
			writer->broken = true;
			frame->role = ROLE_OTHER;
			frame->silent = true;
		}
		else
		{
			int			id = writer->shape->states[frame->state].node_id;

			if (writer->written[id])
				frame->silent = true;
			else if (!frame->silent)
				writer->written[id] = true;
		}
	}

	if (!frame->silent)
	{
		if (frame->role == ROLE_PLANS)
			write_extras(writer);
		write_lead(writer);
		appendStringInfoChar(&writer->out, is_array ? '[' : '{');
	}
	writer->top = frame;
	if (frame->role == ROLE_PLAN && !frame->silent)
	{
		write_key(writer, "Node Id");
		appendStringInfo(&writer->out, "%d", writer->shape->states[frame->state].node_id);
	}
}

static void
pop_frame(PlanWriter *writer)
{
	Frame	   *frame = writer->top;

	if (!frame->silent)
	{
		if (frame->role == ROLE_PLAN)
			write_extras(writer);
		appendStringInfoChar(&writer->out, frame->is_array ? ']' : '}');
	}
	writer->top = frame->up;
	pfree(frame);
}

static PFX_JSON_RESULT
object_start(void *state)
{
	push_frame(state, false);
	PFX_JSON_CONTINUE;
}

static PFX_JSON_RESULT
array_start(void *state)
{
	push_frame(state, true);
	PFX_JSON_CONTINUE;
}

static PFX_JSON_RESULT
object_end(void *state)
{
	pop_frame(state);
	PFX_JSON_CONTINUE;
}

static PFX_JSON_RESULT
array_end(void *state)
{
	pop_frame(state);
	PFX_JSON_CONTINUE;
}

static PFX_JSON_RESULT
object_field_start(void *state, char *fname, bool isnull)
{
	/* a copy: the parser owns its token, and arrays look at the key later */
	((PlanWriter *) state)->top->key = pstrdup(fname);
	PFX_JSON_CONTINUE;
}

static PFX_JSON_RESULT
scalar(void *state, char *token, JsonTokenType tokentype)
{
	PlanWriter *writer = state;
	Frame	   *frame = writer->top;

	if (frame == NULL || frame->silent ||
		(frame->key && is_in(frame->key, dropped_keys, lengthof(dropped_keys))))
		PFX_JSON_CONTINUE;
	if (frame->role == ROLE_PLAN && write_own_scalar(writer, token))
		PFX_JSON_CONTINUE;

	write_lead(writer);
	if (tokentype != JSON_TOKEN_STRING)
		appendStringInfoString(&writer->out, token);
	else if (frame->key && is_in(frame->key, structural_keys, lengthof(structural_keys)))
		escape_json(&writer->out, token);
	else
		escape_json(&writer->out,
					with_parent_aliases(writer, pfx_normalize_expression(token)));
	PFX_JSON_CONTINUE;
}

/*
 * EXPLAIN's own text of the plan.  The nodes' instrumentation is out of sight
 * meanwhile: EXPLAIN closes the running loop of every node that has some.
 */
static text *
explain_plan(QueryDesc *queryDesc, const PfxPlanShape *shape, List **rtable_names)
{
	ExplainState *es = NewExplainState();
	void	  **instruments = palloc_array(void *, shape->nstates);

	es->format = EXPLAIN_FORMAT_JSON;
	es->analyze = false;
	es->verbose = false;
	es->costs = true;
	es->settings = false;

	for (int i = 0; i < shape->nstates; i++)
	{
		instruments[i] = shape->states[i].ps->instrument;
		shape->states[i].ps->instrument = NULL;
	}
	PG_TRY();
	{
		ExplainBeginOutput(es);
		ExplainPrintPlan(es, queryDesc);
		ExplainEndOutput(es);
	}
	PG_FINALLY();
	{
		for (int i = 0; i < shape->nstates; i++)
			shape->states[i].ps->instrument = instruments[i];
	}
	PG_END_TRY();

	/* it began an array of queries, but a query's group was not opened */
	while (es->str->len > 0 && isspace((unsigned char) es->str->data[es->str->len - 1]))
		es->str->data[--es->str->len] = '\0';
	if (es->str->len < 2)
		elog(ERROR, "EXPLAIN printed nothing");
	es->str->data[0] = '{';
	es->str->data[es->str->len - 1] = '}';

	*rtable_names = es->rtable_names;
	return cstring_to_text_with_len(es->str->data, es->str->len);
}

char *
pfx_plan_render(QueryDesc *queryDesc, const PfxPlanShape *shape)
{
	MemoryContext temp = AllocSetContextCreate(CurrentMemoryContext, "perfext plan text",
											   ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(temp);
	PlanWriter	writer = {.shape = shape, .pstmt = queryDesc->plannedstmt};
	JsonSemAction sem = {0};
	text	   *json = explain_plan(queryDesc, shape, &writer.rtable_names);
	char	   *result = NULL;

	pfx_plan_rels_init(&writer.rels, writer.pstmt);
	collect_aliases(&writer);
	writer.written = palloc0_array(bool, shape->nnodes);
	writer.nmembers = palloc0_array(int, shape->nnodes);
	for (int i = 0; i < shape->nstates; i++)
		writer.nmembers[shape->states[i].node_id]++;
	initStringInfo(&writer.out);

	sem.semstate = &writer;
	sem.object_start = object_start;
	sem.object_end = object_end;
	sem.array_start = array_start;
	sem.array_end = array_end;
	sem.object_field_start = object_field_start;
	sem.scalar = scalar;

	appendStringInfoChar(&writer.out, '[');
	pg_parse_json_or_ereport(pfx_json_lex_context(json), &sem);
	appendStringInfoChar(&writer.out, ']');

	MemoryContextSwitchTo(old);
	if (!writer.broken && writer.next_state == shape->nstates)
		result = pstrdup(writer.out.data);
	MemoryContextDelete(temp);
	return result;
}
