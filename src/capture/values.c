/*-------------------------------------------------------------------------
 *
 * values.c
 *	  Hashes of values, such that the same value has the same hash wherever a
 *	  statement gets or gives it.
 *
 * Separate because keys and results must agree on them.  Nothing is detoasted:
 * a value that is not at hand has no hash.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/transam.h"
#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/date.h"
#include "utils/inet.h"
#include "utils/syscache.h"
#include "utils/uuid.h"

#include "capture/usage.h"
#include "capture/values.h"
#include "store/events.h"

#define MAX_TEXT_HASHED 64		/* bytes */
#define MAX_DIGITS 18			/* of an integer */

/* Stands for what is passed by value and means nothing to us, as members of an enum */
#define SOME_WORD ANYELEMENTOID

static Oid
look_up(Oid type)
{
	while (type >= FirstNormalObjectId)
	{
		HeapTuple	tuple = SearchSysCache1(TYPEOID, ObjectIdGetDatum(type));
		Form_pg_type form;

		/* dropped meanwhile: whoever needs it will say so */
		if (!HeapTupleIsValid(tuple))
			return InvalidOid;
		form = (Form_pg_type) GETSTRUCT(tuple);
		if (form->typtype == TYPTYPE_DOMAIN)
			type = form->typbasetype;
		else if (form->typtype == TYPTYPE_ENUM)
			type = SOME_WORD;
		else if (form->typtype != TYPTYPE_BASE || OidIsValid(form->typelem))
			type = InvalidOid;
		else if (form->typbyval)
			type = SOME_WORD;
		else if (form->typlen == -1)
			type = TEXTOID;
		else
			type = form->typlen == UUID_LEN ? UUIDOID : InvalidOid;
		ReleaseSysCache(tuple);
	}
	return type;
}

/*
 * Of a domain its base; of types that extensions or users made one of the server's
 * own that is stored like it.  Two values that such a type takes for equal may
 * differ (citext): usually a key comes back as it was read.  What is found out is
 * remembered: nothing of it changes while the type is there.
 */
Oid
pfx_hashed_as(Oid type)
{
	static struct
	{
		Oid			type;
		Oid			as;
	}			known[16];
	int			i = type % lengthof(known);
	PfxMark		mark;

	if (likely(type < FirstNormalObjectId))
		return type;
	if (known[i].type != type)
	{
		pfx_mark(&mark);
		known[i].as = look_up(type);
		known[i].type = type;
		pfx_own_work_end(&mark);
	}
	return known[i].as;
}

bool
pfx_type_is_number(Oid type)
{
	return type == INT4OID || type == INT8OID || type == INT2OID || type == OIDOID;
}

bool
pfx_type_has_hash(Oid type)
{
	switch (type)
	{
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case OIDOID:
		case UUIDOID:
		case TEXTOID:
		case VARCHAROID:
		case BPCHAROID:
		case NAMEOID:
		case DATEOID:
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
		case FLOAT4OID:
		case FLOAT8OID:
		case NUMERICOID:
		case TIMEOID:
		case BYTEAOID:
		case INETOID:
		case CIDROID:
		case MACADDROID:
		case SOME_WORD:
			return true;
		default:
			return false;
	}
}

int64
pfx_number_of(Oid type, Datum value)
{
	switch (type)
	{
		case INT2OID:
			return DatumGetInt16(value);
		case INT4OID:
			return DatumGetInt32(value);
		case INT8OID:
			return DatumGetInt64(value);
		default:
			return DatumGetObjectId(value);
	}
}

static uint32
hash_float(float8 value)
{
	union
	{
		float8		f;
		uint64		u;
	}			as;

	as.f = value == 0 ? 0 : value;	/* -0 */
	return pfx_value_hash(as.u);
}

/*
 * Is it a number as the server writes it?  Keys that refer to several tables, and
 * clients without integers of that size, have them as text.
 */
static bool
is_integer(const char *data, Size len, int64 *number)
{
	bool		negative = len > 0 && data[0] == '-';
	Size		i = negative ? 1 : 0;
	int64		n = 0;

	if (len - i < 1 || len - i > MAX_DIGITS || (data[i] == '0' && len > 1))
		return false;
	for (; i < len; i++)
	{
		if (data[i] < '0' || data[i] > '9')
			return false;
		n = n * 10 + (data[i] - '0');
	}
	*number = negative ? -n : n;
	return true;
}

static uint32
hash_varlena(Datum value, Oid type)
{
	const struct varlena *at = (const struct varlena *) DatumGetPointer(value);
	const char *data;
	Size		len;
	int64		number;

	if (VARATT_IS_EXTERNAL(at) || VARATT_IS_COMPRESSED(at))
		return 0;
	data = VARDATA_ANY(at);
	len = VARSIZE_ANY_EXHDR(at);
	if (type == BPCHAROID)
		while (len > 0 && data[len - 1] == ' ')
			len--;
	if ((type == TEXTOID || type == VARCHAROID || type == BPCHAROID) &&
		is_integer(data, len, &number))
		return pfx_value_hash((uint64) number);
	return pfx_value_hash_bytes(data, Min(len, MAX_TEXT_HASHED));
}

/*
 * The same value has the same hash in all integer types, in all types of text
 * and in all of time; an integer's text that of the integer.
 */
uint32
pfx_datum_hash(Oid type, Datum value, bool isnull)
{
	if (isnull)
		return 0;
	switch (type)
	{
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case OIDOID:
			return pfx_value_hash((uint64) pfx_number_of(type, value));
		case UUIDOID:
			return pfx_value_hash_bytes((const char *) DatumGetUUIDP(value)->data, UUID_LEN);
		case TEXTOID:
		case VARCHAROID:
		case NUMERICOID:
		case BYTEAOID:
		case INETOID:
		case CIDROID:
		case BPCHAROID:
			return hash_varlena(value, type);
		case MACADDROID:
			return pfx_value_hash_bytes(DatumGetPointer(value), sizeof(macaddr));
		case SOME_WORD:
			return pfx_value_hash((uint64) value);
		case NAMEOID:
			return pfx_value_hash_bytes(NameStr(*DatumGetName(value)),
										strlen(NameStr(*DatumGetName(value))));
		case DATEOID:
			return pfx_value_hash((uint64) (int64) DatumGetDateADT(value));
		case TIMEOID:
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			return pfx_value_hash((uint64) DatumGetInt64(value));
		case FLOAT4OID:
			return hash_float(DatumGetFloat4(value));
		case FLOAT8OID:
			return hash_float(DatumGetFloat8(value));
		default:
			return 0;
	}
}

/* The only element of an array; 1: it has one, 0: it has none, 2: more or not known */
int
pfx_only_element(Datum array, Oid *type, Datum *value, bool *isnull)
{
	const struct varlena *at = (const struct varlena *) DatumGetPointer(array);
	const ArrayType *a = (const ArrayType *) at;
	int			n = 1;

	if (!VARATT_IS_4B_U(at))
		return 2;
	for (int i = 0; i < ARR_NDIM(a); i++)
		n = Min(n, 2) * Min(ARR_DIMS(a)[i], 2);
	if (ARR_NDIM(a) == 0 || n == 0)
		return 0;
	if (n > 1)
		return 2;
	*type = pfx_hashed_as(ARR_ELEMTYPE(a));
	*isnull = ARR_NULLBITMAP(a) != NULL;
	switch (*type)
	{
		case INT2OID:
			*value = Int16GetDatum(*(int16 *) ARR_DATA_PTR(a));
			break;
		case INT4OID:
		case DATEOID:
			*value = Int32GetDatum(*(int32 *) ARR_DATA_PTR(a));
			break;
		case INT8OID:
			*value = Int64GetDatum(*(int64 *) ARR_DATA_PTR(a));
			break;
		case UUIDOID:
		case TEXTOID:
		case VARCHAROID:
			*value = PointerGetDatum(ARR_DATA_PTR(a));
			break;
		default:
			return 2;
	}
	return 1;
}
