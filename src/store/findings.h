/*-------------------------------------------------------------------------
 *
 * findings.h
 *	  Patterns that were found: N+1 and its kin.
 *
 * One slot each, of fixed size, written by the detector alone and read by SQL
 * functions.  Texts are names of tables and columns, applications and tags:
 * no value of any statement.
 *
 * Times are nanoseconds.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#ifndef PFX_FINDINGS_H
#define PFX_FINDINGS_H

#include "datatype/timestamp.h"
#include "perfext.h"

/* In the order in which SQL names them; saved as they are */
typedef enum PfxFindingKind
{
	PFX_FINDING_READ,			/* a query for each row of another */
	PFX_FINDING_WRITE,			/* a write for each row, or row by row */
	PFX_FINDING_REDUNDANT,		/* the same query with the same values */
	PFX_FINDING_NESTED			/* inside a function, trigger or SQL function */
} PfxFindingKind;

typedef enum PfxConfidence
{
	PFX_CONFIDENCE_LOW,
	PFX_CONFIDENCE_MEDIUM,
	PFX_CONFIDENCE_HIGH
} PfxConfidence;

#define PFX_FINDING_MEMBERS 8

/* A column by its names; empty where not known */
typedef struct PfxColumnName
{
	char		schema[NAMEDATALEN];
	char		table[NAMEDATALEN];
	char		column[NAMEDATALEN];
} PfxColumnName;

/* One statement of the loop */
typedef struct PfxFindingMember
{
	uint64		queryid;
	uint64		family;
	int64		executions;
	uint16		flags;			/* PFX_EV_... */
	uint16		param;			/* of its text that comes from the parent; 0: not known */
	uint32		linked;			/* the two below are known */
	PfxColumnName parent;		/* the parent's column ... */
	PfxColumnName child;		/* ... that this one of the child was compared with */
} PfxFindingMember;

typedef struct PfxFinding
{
	uint64		id;				/* hash of what makes it this one; the same after a restart */
	Oid			userid;
	Oid			dbid;
	uint8		kind;
	uint8		confidence;
	uint8		nmembers;
	uint8		child_toplevel;
	uint8		parent_toplevel;
	uint8		traced;			/* requests are told apart by a trace or request tag */
	uint16		context_len;
	uint64		parent_queryid; /* 0: none found */
	uint64		parent_family;
	uint64		place;			/* hash of the tags that name where it comes from */
	PfxFindingMember members[PFX_FINDING_MEMBERS];

	int64		episodes;		/* executions of the parent, or of the loop */
	int64		executions;		/* of all members */
	int64		max_per_episode;
	int64		distinct;		/* executions with values not seen in their episode */
	int64		db_time;		/* planning and execution of the members */
	int64		gap_time;		/* waiting for the client between them, parsing, sending */
	int64		sure_time;		/* of all that, surely saved by asking once */
	int64		most_time;		/* and at the most */
	int64		saved_time;		/* expected */
	int64		parent_rows;	/* over episodes */
	int64		in_block;		/* executions in a transaction block of the client */
	double		sum_xx;			/* parent's rows and children of episodes, for the slope */
	double		sum_xy;
	double		sum_yy;
	int64		sizes;			/* bit per power of two of parent's rows seen */
	TimestampTz first_seen;
	TimestampTz last_seen;

	uint16		application_len;
	uint16		tags_len;
	int32		encoding;
	char		application[NAMEDATALEN];
	char		tags[512];		/* as pfx_tags_extract() leaves them */
	char		context[192];	/* function and line; empty for client loops */
} PfxFinding;

/* ---- for the detector ---- */

/*
 * The slot of the finding with this id, made (zeroed but for the id) when there
 * is none, for the least recently seen if need be.  Locked until released.
 */
extern PfxFinding *pfx_finding_lock(uint64 id, bool *made);

/* The first for which match() is true, locked; NULL, not locked, if none */
typedef bool (*PfxFindingMatch) (const PfxFinding *finding, void *arg);
extern PfxFinding *pfx_finding_search(PfxFindingMatch match, void *arg);
extern void pfx_finding_unlock(void);

/* The locked one goes, and is not to be looked at any more */
extern void pfx_finding_remove(PfxFinding *finding);

/* ---- for readers ---- */
extern PfxFinding *pfx_findings_copy(int *n);	/* palloc'd */

typedef struct PfxFindingsInfo
{
	int64		findings;
	int64		max_findings;
	int64		evicted;
	int64		streams;		/* that the detector follows now */
	int64		memory_bytes;	/* of the detector's process */
} PfxFindingsInfo;

extern void pfx_findings_info(PfxFindingsInfo *info);
extern void pfx_findings_report(int64 streams, int64 memory_bytes);

#endif							/* PFX_FINDINGS_H */
