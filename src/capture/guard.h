/*-------------------------------------------------------------------------
 *
 * guard.h
 *	  Work of perfext's own that may raise errors, inside a user's statement.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#ifndef PFX_GUARD_H
#define PFX_GUARD_H

/*
 * Calls work(arg) in a subtransaction and the current memory context.  An error
 * is swallowed, unless it is the user's or the server's demand to stop: false,
 * with its message, palloc'd, in *error.  rollback: undo what it locked, which
 * also ends a command's progress report; otherwise only after an error.  The
 * caller sees to it that a subtransaction can be started.
 */
extern bool pfx_guarded(void (*work) (void *arg), void *arg, bool rollback, char **error);

#endif							/* PFX_GUARD_H */
