/*-------------------------------------------------------------------------
 *
 * planread.c
 *	  Reads a stored plan's JSON text: merges measured numbers into it, and
 *	  describes its nodes.
 *
 * It is apart from writing that text (capture/planjson.c) because it has no
 * plan state to look at, and because the text may come from a damaged file:
 * whatever it holds, the worst that happens is an error.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "miscadmin.h"
#include "sqlapi/planread.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/json.h"

/* String values that are not part of the query: names and words of EXPLAIN's. */
static const char *const structural_keys[] = {
	"Node Type", "Strategy", "Partial Mode", "Operation", "Parent Relationship",
	"Subplan Name", "Custom Plan Provider", "Scan Direction", "Index Name",
	"Relation Name", "Schema", "Alias", "Function Name", "Table Function Name",
	"CTE Name", "Tuplestore Name", "Join Type", "Command", "Cache Mode",
	"Conflict Resolution", "Sampling Method"
};

/* What makes up a node's condition and filter, in this order. */
static const char *const condition_keys[] = {
	"Index Cond", "Recheck Cond", "Hash Cond", "Merge Cond", "TID Cond", "Order By",
	"Sort Key", "Presorted Key", "Group Key", "Grouping Sets", "Cache Key", "Run Condition"
};
static const char *const filter_keys[] = {"Join Filter", "Filter", "One-Time Filter"};

typedef struct MergeContext
{
	const PfxNodeActual *actuals;
	int			nnodes;
	bool		with_text;
} MergeContext;

static void merge_object(StringInfo out, JsonbContainer *object, bool is_plan,
						 const MergeContext *cxt);

/* ---- looking into a stored plan ---- */

/* A field of an object; NULL when there is none. */
static JsonbValue *
get_field(JsonbContainer *object, const char *key)
{
	return getKeyJsonValueFromContainer(object, key, strlen(key), NULL);
}

/* The object or array in a field; NULL when there is no such thing. */
static JsonbContainer *
get_container(JsonbContainer *object, const char *key)
{
	JsonbValue *value = get_field(object, key);

	return value && value->type == jbvBinary ? value->val.binary.data : NULL;
}

static JsonbContainer *
get_array(JsonbContainer *object, const char *key)
{
	JsonbContainer *container = get_container(object, key);

	return container && JsonContainerIsArray(container) ? container : NULL;
}

static char *
get_string(JsonbContainer *object, const char *key)
{
	JsonbValue *value = get_field(object, key);

	if (value == NULL || value->type != jbvString)
		return NULL;
	return pnstrdup(value->val.string.val, value->val.string.len);
}

static bool
get_bool(JsonbContainer *object, const char *key)
{
	JsonbValue *value = get_field(object, key);

	return value && value->type == jbvBool && value->val.boolean;
}

static int
get_node_id(JsonbContainer *object)
{
	JsonbValue *value = get_field(object, "Node Id");

	if (value == NULL || value->type != jbvNumeric)
		return -1;
	return DatumGetInt32(DirectFunctionCall1(numeric_int4,
											 NumericGetDatum(value->val.numeric)));
}

static bool
is_one_of(const char *key, const char *value)
{
	return key != NULL && strcmp(key, value) == 0;
}

/* The i-th element of an array when it is an object. */
static JsonbContainer *
get_element_object(JsonbContainer *array, int i)
{
	JsonbValue *value = getIthJsonbValueFromContainer(array, i);

	if (value == NULL || value->type != jbvBinary ||
		!JsonContainerIsObject(value->val.binary.data))
		return NULL;
	return value->val.binary.data;
}

/* The stored text as jsonb; *top is the object that has the key "Plan". */
static Jsonb *
parse_stored(const char *json, JsonbContainer **top)
{
	Jsonb	   *jsonb = DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(json)));
	JsonbContainer *object = &jsonb->root;

	if (JsonContainerIsArray(object) && !JsonContainerIsScalar(object))
		object = get_element_object(object, 0);
	if (object == NULL || !JsonContainerIsObject(object))
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("stored plan is not an object")));
	*top = object;
	return jsonb;
}

/* ---- merging ---- */

static void
add_key(StringInfo out, const char *key)
{
	if (out->data[out->len - 1] != '{')
		appendStringInfoChar(out, ',');
	escape_json(out, key);
	appendStringInfoChar(out, ':');
}

/* A number as EXPLAIN prints it; what cannot be one is shown as 0. */
static void
add_number(StringInfo out, const char *key, double value, int digits)
{
	if (!isfinite(value) || value < 0)
		value = 0;
	add_key(out, key);
	appendStringInfo(out, "%.*f", digits, value);
}

static void
add_count(StringInfo out, const char *key, double value)
{
	add_number(out, key, value, value == rint(value) ? 0 : 2);
}

static void
add_blocks(StringInfo out, const char *key, int64 value)
{
	add_key(out, key);
	appendStringInfo(out, INT64_FORMAT, value);
}

/* Memory and disk space, under the names that EXPLAIN has for the node's type. */
static void
add_space(StringInfo out, JsonbContainer *object, const PfxNodeActual *actual)
{
	const char *type = get_string(object, "Node Type");
	int64		memory = (actual->peak_memory_bytes + 1023) / 1024;
	int64		disk = (actual->disk_bytes + 1023) / 1024;
	const char *where = disk > 0 ? "Disk" : "Memory";
	int64		used = disk > 0 ? disk : memory;

	if (used <= 0)
		return;
	if (is_one_of(type, "Sort") || is_one_of(type, "Incremental Sort"))
	{
		add_blocks(out, "Sort Space Used", used);
		add_key(out, "Sort Space Type");
		escape_json(out, where);
	}
	else if (is_one_of(type, "Materialize") || is_one_of(type, "CTE Scan") ||
			 is_one_of(type, "WindowAgg") || is_one_of(type, "Recursive Union") ||
			 is_one_of(type, "Table Function Scan"))
	{
		add_key(out, "Storage");
		escape_json(out, where);
		add_blocks(out, "Maximum Storage", used);
	}
	else
	{
		if (memory > 0)
			add_blocks(out, "Peak Memory Usage", memory);
		if (disk > 0)
			add_blocks(out, "Disk Usage", disk);
	}
}

static void
add_actuals(StringInfo out, JsonbContainer *object, const PfxNodeActual *actual)
{
	double		loops = isfinite(actual->loops) ? Max(actual->loops, 0) : 0;
	double		divisor = loops > 0 ? loops : 1;
	const char *removed = NULL;

	add_number(out, "Actual Startup Time", actual->startup_ms / divisor, 3);
	add_number(out, "Actual Total Time", actual->total_ms / divisor, 3);
	add_count(out, "Actual Rows", actual->rows / divisor);
	add_count(out, "Actual Loops", loops);

	if (get_field(object, "Join Filter"))
		removed = "Rows Removed by Join Filter";
	else if (get_field(object, "Filter"))
		removed = "Rows Removed by Filter";
	else if (actual->rows_removed > 0 &&
			 (get_field(object, "Index Cond") || get_field(object, "Recheck Cond")))
		removed = "Rows Removed by Index Recheck";
	if (removed)
		add_count(out, removed, actual->rows_removed / divisor);

	add_blocks(out, "Shared Hit Blocks", actual->shared_hit);
	add_blocks(out, "Shared Read Blocks", actual->shared_read);
	add_blocks(out, "Temp Written Blocks", actual->temp_written);
	add_space(out, object, actual);
}

/* May a reader who must not see the query see this field? */
static bool
is_structural(const char *key, const JsonbValue *value)
{
	if (value->type == jbvBinary)
		return strcmp(key, "Plans") == 0 || strcmp(key, "Plan") == 0;
	if (value->type != jbvString)
		return true;
	for (int i = 0; i < lengthof(structural_keys); i++)
	{
		if (strcmp(key, structural_keys[i]) == 0)
			return true;
	}
	return false;
}

static void
merge_plans(StringInfo out, JsonbContainer *array, const MergeContext *cxt)
{
	int			n = JsonContainerSize(array);

	appendStringInfoChar(out, '[');
	for (int i = 0; i < n; i++)
	{
		JsonbContainer *object = get_element_object(array, i);

		if (object == NULL)
			continue;
		if (out->data[out->len - 1] != '[')
			appendStringInfoChar(out, ',');
		merge_object(out, object, true, cxt);
	}
	appendStringInfoChar(out, ']');
}

static void
merge_value(StringInfo out, const char *key, JsonbValue *value, bool is_plan,
			const MergeContext *cxt)
{
	Datum		number;

	switch (value->type)
	{
		case jbvNull:
			appendStringInfoString(out, "null");
			break;
		case jbvString:
			escape_json(out, pnstrdup(value->val.string.val, value->val.string.len));
			break;
		case jbvNumeric:
			number = NumericGetDatum(value->val.numeric);
			appendStringInfoString(out, DatumGetCString(DirectFunctionCall1(numeric_out, number)));
			break;
		case jbvBool:
			appendStringInfoString(out, value->val.boolean ? "true" : "false");
			break;
		case jbvBinary:
			if (is_plan && strcmp(key, "Plans") == 0 &&
				JsonContainerIsArray(value->val.binary.data))
				merge_plans(out, value->val.binary.data, cxt);
			else if (!is_plan && strcmp(key, "Plan") == 0 &&
					 JsonContainerIsObject(value->val.binary.data))
				merge_object(out, value->val.binary.data, true, cxt);
			else
				JsonbToCString(out, value->val.binary.data, value->val.binary.len);
			break;
		default:
			elog(ERROR, "unexpected type of jsonb value: %d", (int) value->type);
	}
}

static void
merge_object(StringInfo out, JsonbContainer *object, bool is_plan, const MergeContext *cxt)
{
	JsonbIterator *it = JsonbIteratorInit(object);
	JsonbIteratorToken token;
	JsonbValue	value;
	char	   *key = NULL;
	int			id = is_plan ? get_node_id(object) : -1;

	check_stack_depth();
	appendStringInfoChar(out, '{');
	while ((token = JsonbIteratorNext(&it, &value, true)) != WJB_DONE)
	{
		if (token == WJB_KEY)
			key = pnstrdup(value.val.string.val, value.val.string.len);
		else if (token == WJB_VALUE && (cxt->with_text || is_structural(key, &value)))
		{
			add_key(out, key);
			merge_value(out, key, &value, is_plan, cxt);
		}
	}
	if (id >= 0 && id < cxt->nnodes && cxt->actuals[id].valid)
		add_actuals(out, object, &cxt->actuals[id]);
	appendStringInfoChar(out, '}');
}

Jsonb *
pfx_plan_with_actuals(const char *json, const PfxNodeActual *actuals, int nnodes,
					  double exec_time_ms, bool with_text)
{
	MergeContext cxt = {actuals, nnodes, with_text};
	JsonbContainer *top;
	StringInfoData out;

	(void) parse_stored(json, &top);
	initStringInfo(&out);
	appendStringInfoChar(&out, '[');
	merge_object(&out, top, false, &cxt);
	if (exec_time_ms >= 0)
	{
		out.data[--out.len] = '\0'; /* the closing brace again */
		add_number(&out, "Execution Time", exec_time_ms, 3);
		appendStringInfoChar(&out, '}');
	}
	appendStringInfoChar(&out, ']');
	return DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(out.data)));
}

/* ---- describing ---- */

/* All strings in a value, however deep in arrays and objects, joined by ", ". */
static void
join_strings(StringInfo out, JsonbValue *value)
{
	JsonbIterator *it;
	JsonbIteratorToken token;
	JsonbValue	element;

	if (value->type == jbvString)
	{
		if (out->len > 0)
			appendStringInfoString(out, ", ");
		appendBinaryStringInfo(out, value->val.string.val, value->val.string.len);
		return;
	}
	if (value->type != jbvBinary)
		return;
	it = JsonbIteratorInit(value->val.binary.data);
	while ((token = JsonbIteratorNext(&it, &element, false)) != WJB_DONE)
	{
		if ((token == WJB_ELEM || token == WJB_VALUE) && element.type == jbvString)
			join_strings(out, &element);
	}
}

/* The values of several fields as one text; NULL when there are none. */
static char *
join_fields(JsonbContainer *object, const char *const *keys, int nkeys)
{
	StringInfoData out;

	initStringInfo(&out);
	for (int i = 0; i < nkeys; i++)
	{
		JsonbValue *value = get_field(object, keys[i]);

		if (value)
			join_strings(&out, value);
	}
	return out.len > 0 ? out.data : NULL;
}

/* The node's type, in the words of EXPLAIN's text form; joins without their type. */
static char *
describe_type(JsonbContainer *object)
{
	char	   *type = get_string(object, "Node Type");
	char	   *strategy = get_string(object, "Strategy");
	char	   *partial = get_string(object, "Partial Mode");
	char	   *operation = get_string(object, "Operation");
	char	   *command = get_string(object, "Command");
	char	   *provider = get_string(object, "Custom Plan Provider");
	const char *prefix = "";

	if (type == NULL)
		return NULL;
	if (strcmp(type, "Aggregate") == 0)
	{
		if (is_one_of(strategy, "Sorted"))
			type = "GroupAggregate";
		else if (is_one_of(strategy, "Hashed"))
			type = "HashAggregate";
		else if (is_one_of(strategy, "Mixed"))
			type = "MixedAggregate";
		if (is_one_of(partial, "Partial") || is_one_of(partial, "Finalize"))
			type = psprintf("%s %s", partial, type);
	}
	else if (strcmp(type, "SetOp") == 0)
		type = psprintf("%s%s%s", is_one_of(strategy, "Hashed") ? "HashSetOp" : "SetOp",
						command ? " " : "", command ? command : "");
	else if (strcmp(type, "ModifyTable") == 0 && operation)
		type = operation;
	else if (strcmp(type, "Foreign Scan") == 0 && operation &&
			 strcmp(operation, "Select") != 0)
		type = psprintf("Foreign %s", operation);
	else if (strcmp(type, "Custom Scan") == 0 && provider)
		type = psprintf("Custom Scan (%s)", provider);
	else if (is_one_of(get_string(object, "Scan Direction"), "Backward"))
		type = psprintf("%s Backward", type);

	if (get_bool(object, "Parallel Aware"))
		prefix = "Parallel ";
	else if (get_bool(object, "Async Capable"))
		prefix = "Async ";
	return psprintf("%s%s", prefix, type);
}

static void
describe_node(JsonbContainer *object, PfxNodeText *node)
{
	JsonbValue *predicates = get_field(object, "Predicates");

	node->node_type = describe_type(object);
	node->schemaname = get_string(object, "Schema");
	node->relname = get_string(object, "Relation Name");
	node->alias = get_string(object, "Alias");
	node->index_name = get_string(object, "Index Name");
	node->join_type = get_string(object, "Join Type");
	node->subplan_name = get_string(object, "Subplan Name");
	node->condition = join_fields(object, condition_keys, lengthof(condition_keys));
	node->filter = join_fields(object, filter_keys, lengthof(filter_keys));
	if (predicates && predicates->type == jbvBinary)
		node->predicates = JsonbValueToJsonb(predicates);
}

/* Describe a plan object and those below; returns the highest node id + 1. */
static int
describe_tree(JsonbContainer *object, PfxNodeText *nodes, int maxnodes)
{
	JsonbContainer *plans = get_array(object, "Plans");
	int			id = get_node_id(object);
	int			result = 0;
	int			n = plans ? JsonContainerSize(plans) : 0;

	check_stack_depth();
	if (id >= 0 && id < maxnodes)
	{
		describe_node(object, &nodes[id]);
		result = id + 1;
	}
	for (int i = 0; i < n; i++)
	{
		JsonbContainer *child = get_element_object(plans, i);

		if (child)
		{
			int			highest = describe_tree(child, nodes, maxnodes);

			result = Max(result, highest);
		}
	}
	return result;
}

int
pfx_plan_describe(const char *json, PfxNodeText *nodes, int maxnodes)
{
	JsonbContainer *top;
	JsonbContainer *plan;

	memset(nodes, 0, maxnodes * sizeof(PfxNodeText));
	(void) parse_stored(json, &top);
	plan = get_container(top, "Plan");
	if (plan == NULL || !JsonContainerIsObject(plan))
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("stored plan has no plan object")));
	return describe_tree(plan, nodes, maxnodes);
}
