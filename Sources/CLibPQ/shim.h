#ifndef TROUGH_CLIBPQ_SHIM_H
#define TROUGH_CLIBPQ_SHIM_H

#include <libpq-fe.h>

// libpq names the fields of a server message by character literals in macros, which Swift does not import.
static const int troughDiagSeverity = PG_DIAG_SEVERITY_NONLOCALIZED;
static const int troughDiagSQLState = PG_DIAG_SQLSTATE;
static const int troughDiagMessage = PG_DIAG_MESSAGE_PRIMARY;
static const int troughDiagDetail = PG_DIAG_MESSAGE_DETAIL;
static const int troughDiagHint = PG_DIAG_MESSAGE_HINT;
static const int troughDiagPosition = PG_DIAG_STATEMENT_POSITION;
static const int troughDiagContext = PG_DIAG_CONTEXT;
static const int troughDiagSchema = PG_DIAG_SCHEMA_NAME;
static const int troughDiagTable = PG_DIAG_TABLE_NAME;
static const int troughDiagColumn = PG_DIAG_COLUMN_NAME;
static const int troughDiagConstraint = PG_DIAG_CONSTRAINT_NAME;
static const int troughDiagFunction = PG_DIAG_SOURCE_FUNCTION;

#endif
